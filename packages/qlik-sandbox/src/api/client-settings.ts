import { z } from 'zod';
import { SandboxError } from '../errors.ts';
import { type ClientSettings, IMPERSONATION_GRANT, type RegisteredKey } from '../state/clients.ts';
import type { TenantState } from '../tenant-state.ts';

const RSA_BITS = 2048;

const freeText = z.string().max(2_000);
const keyCommon = { kid: z.string().min(1).max(200), use: z.literal('sig') };
const coordinate = z.string().regex(/^[\w-]+$/);

const publicKey = z.discriminatedUnion('kty', [
  z.object({
    kty: z.literal('RSA'),
    alg: z.enum(['RS256', 'RS512']),
    n: coordinate.refine((n) => bits(n) >= RSA_BITS, `an RSA key needs ${RSA_BITS} bits or more`),
    e: coordinate,
    ...keyCommon,
  }),
  z.object({
    kty: z.literal('EC'),
    alg: z.literal('ES384'),
    crv: z.literal('P-384'),
    x: coordinate,
    y: coordinate,
    ...keyCommon,
  }),
]) satisfies z.ZodType<RegisteredKey>;

const origin = z.string().refine((text) => isWebOrigin(text), 'not an origin such as https://portal.example');

/** The fields of a client that callers may set, as `POST` and `PATCH` both must leave them. */
export const clientSettings = z.object({
  appType: z.enum(['web', 'native', 'spa', 'anonymous-embed']),
  clientName: z.string().trim().min(1).max(200),
  description: freeText.default(''),
  clientUri: freeText.default(''),
  logoUri: freeText.default(''),
  redirectUris: z.array(z.url()).max(100).default([]),
  allowedOrigins: z.array(origin).max(100).default([]),
  allowedScopes: z
    .array(z.string().regex(/^[a-z][\w.:-]*$/))
    .max(100)
    .default([]),
  allowedGrantTypes: z.array(z.enum(['client_credentials', IMPERSONATION_GRANT])).default([]),
  allowedAuthMethods: z
    .array(z.enum(['client_secret', 'private_key_jwt']))
    .min(1)
    .default(['client_secret']),
  publicKeys: z.array(publicKey).max(10).default([]),
});

/** The rules between the fields; 400 where one is broken. */
export function checkClient(state: TenantState, client: ClientSettings): void {
  if (client.appType !== 'web' && client.allowedGrantTypes.length > 0) {
    throw new SandboxError(400, "allowedGrantTypes: only for appType 'web'");
  }
  if (client.appType === 'web' && client.allowedOrigins.length > 0 && !state.settings.originsOnWebClients) {
    throw new SandboxError(400, "allowedOrigins: only for appType 'spa'");
  }
  if (client.allowedAuthMethods.includes('private_key_jwt') && client.publicKeys.length === 0) {
    throw new SandboxError(400, 'publicKeys: needed by private_key_jwt');
  }
  if (new Set(client.publicKeys.map(({ kid }) => kid)).size < client.publicKeys.length) {
    throw new SandboxError(400, 'publicKeys: each needs a kid of its own');
  }
}

/** Whether this kind of client proves itself by a secret. */
export function needsSecret(client: ClientSettings): boolean {
  return client.appType === 'web' && client.allowedAuthMethods.includes('client_secret');
}

function isWebOrigin(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && url.origin === text && /^https?:$/.test(url.protocol);
}

function bits(base64url: string): number {
  const bytes = Buffer.from(base64url, 'base64url');
  const first = bytes.findIndex((byte) => byte !== 0);
  return first === -1 ? 0 : (bytes.length - first) * 8 - Math.clz32(bytes[first] ?? 0) + 24;
}
