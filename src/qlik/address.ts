import { lookup as dnsLookup, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

type ResolveAll = (
  hostname: string,
  options: { readonly all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** `code` of the error of a refused connection, for {@link file://./transport-error.ts}. */
export const ADDRESS_REFUSED = 'PORTAL_ADDRESS_REFUSED';

const GLOBAL_UNICAST_V6 = ipaddr.IPv6.parseCIDR('2000::/3');

/** Whether the text is a loopback address (`127.0.0.0/8`, `::1`), with or without brackets. */
function isLoopback(address: string): boolean {
  const bare = address.replace(/^\[|\]$/g, '');
  return ipaddr.isValid(bare) && ipaddr.process(bare).range() === 'loopback';
}

/**
 * Whether the address belongs to the public internet. IPv4 inside IPv6 (mapped, RFC 4291; NAT64, RFC 6052) is
 * judged by the IPv4 address; other tunnels (6to4, Teredo) and everything reserved are refused.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const ip = ipaddr.process(address);
  if (!(ip instanceof ipaddr.IPv6)) return ip.range() === 'unicast';
  if (ip.range() === 'rfc6052') return new ipaddr.IPv4(ip.toByteArray().slice(12)).range() === 'unicast';
  return ip.range() === 'unicast' && ip.match(GLOBAL_UNICAST_V6);
}

/**
 * A DNS lookup for sockets that refuses addresses that are not public (SSRF). It runs at every connect, on the answer
 * that the socket then uses, so a name that changes its address after a check (DNS rebinding) gains nothing.
 */
export function publicLookup(options: { allowLoopback: boolean; resolve?: ResolveAll }): LookupFunction {
  const resolve: ResolveAll = options.resolve ?? dnsLookup;
  return (hostname, lookupOptions, callback) => {
    resolve(hostname, { ...lookupOptions, all: true }, (error, addresses) => {
      if (error) {
        callback(error, []);
        return;
      }
      // `localhost` only: a public name that resolves to loopback stays refused even for the sandbox.
      const loopbackAllowed = options.allowLoopback && hostname === 'localhost';
      const bad = addresses.find(
        ({ address }) => !(isPublicAddress(address) || (loopbackAllowed && isLoopback(address))),
      );
      const [first] = addresses;
      if (bad !== undefined || first === undefined) {
        callback(refusal(hostname, bad?.address), []);
      } else if (lookupOptions.all === true) {
        callback(null, addresses);
      } else {
        callback(null, first.address, first.family);
      }
    });
  };
}

function refusal(hostname: string, address: string | undefined): NodeJS.ErrnoException {
  const found = address === undefined ? 'no address' : `${address}, which is not a public address`;
  return Object.assign(new Error(`${hostname} resolves to ${found}`), { code: ADDRESS_REFUSED });
}
