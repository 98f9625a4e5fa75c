import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { isTenantId } from '../domain/model/ids.ts';
import { Secret } from '../domain/model/secret.ts';

/** How single values are written in the environment. Messages say what is wrong, never what was given. */

const DAY_MS = 86_400_000;
const UNITS_MS = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', DAY_MS],
]);
const MIN_SESSION_SECRET = 32;
const AES_256_KEY_BYTES = 32;

export function count({ min, max }: { min: number; max: number }) {
  const problem = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d+$/, problem)
    .transform(Number)
    .pipe(z.number().min(min, problem).max(max, problem));
}

export function flag() {
  return z.enum(['true', 'false'], 'must be true or false').transform((text) => text === 'true');
}

/** `90s`, `15m`, `12h` → ms. Unless told, no longer than a timer can run: Node replaces more than 2^31 ms by 1 ms. */
export function duration({ orNone = false, leastS = 0, mostDays = 24 } = {}) {
  return z.string().transform((text, context) => {
    const [, amount, unit] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text) ?? [];
    const ms = Number(amount) * (UNITS_MS.get(unit ?? '') ?? 0);
    const enough = (ms > 0 && ms >= leastS * 1000) || (orNone && ms === 0);
    if (enough && ms <= mostDays * DAY_MS) return ms;
    const least = leastS > 0 ? `at least ${leastS}s and ` : '';
    context.addIssue(`must be a number and a unit: ms, s, m, h or d; ${least}at most ${mostDays}d`);
    return z.NEVER;
  });
}

/** Comma-separated, spaces around items ignored. */
export function items() {
  return z.string().transform((text): readonly string[] =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean),
  );
}

export function logLevel() {
  return z.enum(
    ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
    'must be fatal, error, warn, info, debug, trace or silent',
  );
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * An origin: no path, query, user or password, so that nothing but the place is configured here. Plain http is
 * for this machine only, since cookies and tokens would travel in the open.
 */
export function origin(what: string) {
  return z.string('is required').transform((text, context) => {
    const url = URL.parse(text);
    const bare = url !== null && (url.origin === text || `${url.origin}/` === text);
    if (bare && (url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname)))) {
      return url.origin;
    }
    context.addIssue(
      `must be ${what} as an origin: https:// and a host, no path (http:// for localhost only)`,
    );
    return z.NEVER;
  });
}

/**
 * Which proxies may name the client's address: `false`, a number of hops, or addresses, networks and Express' names.
 * `true`, and networks of almost everybody, are refused, because they let every client choose its own address.
 */
export function trustProxy() {
  return z.string().transform((text, context) => {
    if (text === 'false') return false as const;
    if (/^[1-9]\d?$/.test(text)) return Number(text);
    const proxies = text.split(',').map((item) => item.trim());
    if (proxies.every(isProxy)) return proxies;
    context.addIssue(
      `must be false, the number of proxies in front, or their addresses or networks (/${WIDEST_NETWORK} at most)`,
    );
    return z.NEVER;
  });
}

/** As 10.0.0.0/8; no two or four of them are the whole internet. */
const WIDEST_NETWORK = 8;

function isProxy(text: string): boolean {
  if (/^(loopback|linklocal|uniquelocal)$/.test(text)) return true;
  const [, address = '', bits] = /^([^/]+)(?:\/([1-9]\d{0,2}))?$/.exec(text) ?? [];
  const family = isIP(address);
  if (family === 0 || bits === undefined) return family !== 0;
  // ::ffff:0:0/96 is IPv4 as a whole.
  const mapped = family === 6 && ipaddr.IPv6.parse(address).isIPv4MappedAddress();
  const widest = WIDEST_NETWORK + (mapped ? 96 : 0);
  return Number(bits) >= widest && Number(bits) <= (family === 4 ? 32 : 128);
}

/** Long enough not to match subjects of others accidentally. */
export function subjectPrefix() {
  return z.string().regex(/^[A-Za-z0-9._|:-]{4,64}$/, 'must be 4 to 64 letters, digits or any of . _ | : -');
}

export function tenantId() {
  return z.string().transform((text, context) => {
    if (isTenantId(text)) return text;
    context.addIssue('must be lower case letters, digits and hyphens, 63 at most');
    return z.NEVER;
  });
}

export function sessionSecrets() {
  return z
    .string(`is required: at least ${MIN_SESSION_SECRET} random characters`)
    .transform((text, context) => {
      const secrets = text.split(',').map((item) => item.trim());
      const weak = secrets.some((item) => item.length < MIN_SESSION_SECRET || new Set(item).size < 10);
      if (!weak) return secrets.map((item) => new Secret(item));
      context.addIssue(`every secret must have at least ${MIN_SESSION_SECRET} random characters`);
      return z.NEVER;
    });
}

/** `id:base64` pairs, 32 bytes each. */
export function encryptionKeys() {
  return z.string('is required: it protects the stored secrets of the tenants').transform((text, context) => {
    const keys = text.split(',').map((item) => {
      const [id = '', ...encoded] = item.trim().split(':');
      return { id, key: Buffer.from(encoded.join(':'), 'base64') };
    });
    const sound = keys.every(
      ({ id, key }) => /^[A-Za-z0-9_-]{1,32}$/.test(id) && key.length === AES_256_KEY_BYTES,
    );
    if (sound && new Set(keys.map(({ id }) => id)).size === keys.length) return keys;
    context.addIssue('must be ID:KEY pairs with different ids, each key 32 bytes in base64');
    return z.NEVER;
  });
}

export function databaseUrl() {
  return z.string().transform((text, context) => {
    if (text.startsWith('file:') && text.length > 5) return { kind: 'sqlite' as const, file: text.slice(5) };
    if (/^postgres(ql)?:$/.test(URL.parse(text)?.protocol ?? '')) {
      return { kind: 'postgres' as const, url: new Secret(text) };
    }
    context.addIssue('must be file:PATH or postgres://…');
    return z.NEVER;
  });
}

export function redisUrl() {
  return z
    .string()
    .refine(
      isRedisUrl,
      'must be redis://… or rediss://…, with nothing but the number of a database as its path',
    )
    .transform((text) => new Secret(text));
}

function isRedisUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || !/^rediss?:$/.test(url.protocol) || !/^(\/\d*)?$/.test(url.pathname)) return false;
  try {
    decodeURIComponent(url.username + url.password);
    return true;
  } catch {
    return false;
  }
}
