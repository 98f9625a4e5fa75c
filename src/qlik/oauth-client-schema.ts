import { z } from 'zod';

/** Lists that a tenant leaves out are empty; what names a thing must be there. */
const list = z.array(z.string()).default([]);

const publicKeySchema = z.discriminatedUnion('kty', [
  z.object({ ...commonKeyFields(), kty: z.literal('EC'), crv: z.string(), x: z.string(), y: z.string() }),
  z.object({ ...commonKeyFields(), kty: z.literal('RSA'), n: z.string(), e: z.string() }),
]);

export const clientSchema = z.object({
  clientId: z.string().min(1),
  clientName: z.string(),
  appType: z.string(),
  description: z.string().default(''),
  allowedScopes: list,
  allowedGrantTypes: list,
  redirectUris: list,
  allowedOrigins: list,
  allowedAuthMethods: z.array(z.enum(['client_secret', 'private_key_jwt'])).default([]),
  publicKeys: z.array(publicKeySchema).default([]),
  clientSecrets: z
    .array(z.object({ hint: z.string().min(1), createdAt: z.iso.datetime({ offset: true }).optional() }))
    .default([]),
  createdAt: z.string(),
  publishedAt: z.string().optional(),
  disableTag: z.string().optional(),
});

export const createdClientSchema = z.object({ clientId: z.string().min(1), clientSecret: z.string().min(1) });
export const createdSecretSchema = z.object({ clientSecret: z.string().min(1), hint: z.string().min(1) });
export const patchedClientSchema = z.object({ clientSecret: z.string().min(1) });
export const connectionConfigSchema = z.object({ consentMethod: z.enum(['required', 'trusted']) });

function commonKeyFields() {
  return { kid: z.string(), alg: z.enum(['ES384', 'RS256', 'RS512']), use: z.literal('sig') };
}
