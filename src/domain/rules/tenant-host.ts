import { PortalError } from '../errors.ts';

export interface TenantHostOptions {
  /**
   * INSECURE, for the sandbox and tests only: also accepts `http://localhost:4001` and loopback addresses, and lets
   * connections to them through. Never on in production: a person who may configure a tenant could then reach this machine.
   */
  readonly allowLoopbackTenants: boolean;
}

// Spelled out instead of left to the URL parser, which silently repairs what it reads: it drops tabs and newlines,
// turns backslashes into slashes, and reads `https://2130706433` and `https://0177.1` as 127.0.0.1.
const ORIGIN =
  /^(https?):\/\/((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9-]+|\[::1\])(?::([0-9]{1,5}))?\/?$/i;

// As the URL parser writes them: four numbers, and the shortest form of IPv6.
const LOOPBACK_ADDRESS = /^(?:127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * Reads the address of a tenant: `https://NAME.REGION.qlikcloud.com` and nothing more, with or without a final
 * slash. Everything else a URL can carry (path, query, user name, port, an address in numbers, a final dot) is
 * refused, so that the portal cannot be turned into a proxy into the network it stands in.
 *
 * @returns The origin, in lower case, as browsers write it.
 * @throws PortalError invalid_request
 */
export function parseTenantHost(text: string, options: TenantHostOptions): string {
  const match = ORIGIN.exec(text);
  const url = match === null ? null : URL.parse(text);
  if (url === null || match === null) {
    throw refused('expected an origin and nothing more, such as https://acme.eu.qlikcloud.com');
  }
  if (url.hostname === 'localhost' || LOOPBACK_ADDRESS.test(url.hostname)) {
    if (!options.allowLoopbackTenants) throw refused('this machine itself is no tenant');
    return url.origin;
  }
  if (url.protocol !== 'https:') throw refused('expected https');
  if (url.port !== '') throw refused('a tenant is at the standard port of https');
  if (url.hostname !== match[2]?.toLowerCase() || !/\.[a-z][a-z0-9-]+$/.test(url.hostname)) {
    throw refused('expected a host name with a domain, not an address in numbers');
  }
  return url.origin;
}

function refused(detail: string): PortalError {
  return new PortalError('invalid_request', { detail: `tenant host: ${detail}` });
}
