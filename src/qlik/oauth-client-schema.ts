import { z } from 'zod';

/** Lists that a tenant leaves out are empty; what names a thing must be there. */
const list = z.array(z.string()).default([]);

// Ids are 32 hex digits and hints five characters in all that was seen. This takes more, but nothing that would have a
// life of its own in a path, a list or a terminal.
const clientId = z.string().regex(/^\w[\w.:~-]{0,199}$/);
const hint = z.string().regex(/^[!-~]{1,200}$/);

// Whole, with fields this portal does not know: keys of others are written back as they were.
const publicKeySchema = z.looseObject({ kid: z.string(), alg: z.string().optional() });

export const clientSchema = z.object({
  clientId,
  clientName: z.string(),
  appType: z.string(),
  description: z.string().default(''),
  allowedScopes: list,
  allowedGrantTypes: list,
  redirectUris: list,
  allowedOrigins: list,
  allowedAuthMethods: list,
  publicKeys: z.array(publicKeySchema).default([]),
  clientSecrets: z
    .array(z.object({ hint, createdAt: z.iso.datetime({ offset: true }).optional() }))
    .default([]),
  createdAt: z.string(),
  publishedAt: z.string().optional(),
  disableTag: z.string().optional(),
});

export const createdClientSchema = z.object({ clientId, clientSecret: z.string().min(1) });
export const createdSecretSchema = z.object({ clientSecret: z.string().min(1), hint });
export const patchedClientSchema = z.object({ clientSecret: z.string().min(1) });
export const connectionConfigSchema = z.object({ consentMethod: z.enum(['required', 'trusted']) });
