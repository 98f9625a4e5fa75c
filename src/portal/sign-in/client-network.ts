import ipaddr from 'ipaddr.js';

/**
 * Whose an address is, as far as it tells. An IPv4 address is one subscriber's, also inside IPv6. With IPv6 everybody
 * can pick from the 2^64 addresses of a network, and many from the 2^16 networks of a site: RFC 6177 has sites be given
 * a /48 to a /56, and tunnels hand a /48 to anyone.
 */
export interface ClientNetwork {
  /** An IPv4 address, or the first 64 bits of an IPv6 address. */
  readonly subscriber: string;
  /** An IPv4 address, or the first 48 bits of an IPv6 address. */
  readonly site: string;
}

export function clientNetwork(address: string): ClientNetwork {
  if (!ipaddr.isValid(address)) return { subscriber: address, site: address };
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return { subscriber: parsed.toString(), site: parsed.toString() };
  const bytes = parsed.toByteArray();
  return { subscriber: bytes.slice(0, 8).join('.'), site: bytes.slice(0, 6).join('.') };
}
