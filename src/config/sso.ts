import { domainToASCII } from 'node:url';
import { z } from 'zod';
import type { IdentityProvider } from '../domain/model/identity-provider.ts';
import { isPersonText } from '../domain/rules/person-text.ts';
import { Secret } from '../domain/model/secret.ts';
import { tenantId } from './formats.ts';

const MOST_PROVIDERS = 1_000;
const CLAIM = /^[\x21-\x7e]{1,200}$/;

const secret = () =>
  z
    .string('must be text')
    .min(1, 'is empty')
    .transform((text) => new Secret(text));

const claimName = () => z.string('must be text').regex(CLAIM, 'must be the name of a claim');

const groupName = () => z.string('must be text').trim().refine(isPersonText, 'must be the name of a group');

const emailDomain = () =>
  z.string('must be text').transform((text, context) => {
    const domain = domainToASCII(text.trim());
    if (/^(?:[a-z0-9-]+\.)+[a-z0-9-]+$/.test(domain)) return domain;
    context.addIssue('must be the domain of e-mail addresses, such as acme.example');
    return z.NEVER;
  });

/** As the provider writes it in its tokens: an address without query, fragment, user or password. */
const issuer = () =>
  z.string('is required').refine((text) => {
    const url = URL.parse(text);
    if (url === null || !/^https?:$/.test(url.protocol)) return false;
    return text === url.origin + url.pathname || text === url.origin;
  }, 'must be the https:// address that the provider calls its issuer');

const written = z.strictObject({
  id: z
    .string('is required')
    .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'must be lower case letters, digits and hyphens'),
  issuer: issuer(),
  clientId: z.string('is required').min(1, 'is empty').max(500),
  clientSecret: secret().optional(),
  /** PKCS #8, PEM: for private_key_jwt instead of a secret. */
  privateKey: secret().optional(),
  privateKeyId: z.string().min(1).max(200).optional(),
  privateKeyAlgorithm: z.enum(['ES384', 'RS256', 'RS512'], 'must be ES384, RS256 or RS512').optional(),
  tenant: tenantId().optional(),
  tenantClaim: claimName().optional(),
  tenants: z
    .union(
      [z.array(tenantId()).min(1), z.record(z.string(), tenantId())],
      'must be a list of tenants, or the tenant for each value of the claim',
    )
    .optional(),
  require: z.record(claimName(), z.string('must be text').min(1, 'is empty')).default({}),
  emailDomains: z.array(emailDomain()).max(200).default([]),
  trustEmail: z.boolean('must be true or false').default(false),
  nameClaim: claimName().default('name'),
  groupsClaim: claimName().optional(),
  groups: z.record(z.string(), groupName()).optional(),
  scopes: z
    .array(z.string().regex(CLAIM, 'must be a scope'))
    .default(['openid', 'email', 'profile'])
    .refine((scopes) => scopes.includes('openid'), 'must contain openid'),
  jit: z.boolean('must be true or false').default(false),
  endProviderSession: z.boolean('must be true or false').default(true),
  privateNetwork: z.boolean('must be true or false').default(false),
});

type Written = z.infer<typeof written>;

const provider = written.transform((given, context): IdentityProvider => {
  const authentication = authenticationOf(given);
  if (authentication === undefined) {
    context.addIssue('needs clientSecret, or else privateKey, privateKeyId and privateKeyAlgorithm');
  }
  const tenants = tenantsOf(given);
  if (tenants === undefined) context.addIssue('needs tenant, or else tenantClaim and tenants');
  if (given.trustEmail && given.emailDomains.length === 0) {
    context.addIssue('trustEmail needs emailDomains: it counts for those only');
  }
  if ((given.groupsClaim === undefined) !== (given.groups === undefined)) {
    context.addIssue('groupsClaim and groups, the values of it that count, are given together or not at all');
  }
  if (authentication === undefined || tenants === undefined) return z.NEVER;
  return {
    id: given.id,
    issuer: given.issuer,
    clientId: given.clientId,
    authentication,
    scopes: given.scopes,
    tenants,
    require: new Map(Object.entries(given.require)),
    emailDomains: given.emailDomains,
    trustEmail: given.trustEmail,
    nameClaim: given.nameClaim,
    groups: groupsOf(given),
    jit: given.jit,
    endProviderSession: given.endProviderSession,
    privateNetwork: given.privateNetwork,
  };
});

/** A JSON array of providers. Every fault is one of the report, with the provider's place in the array and the field. */
export function ssoProviders() {
  return z.string().transform((text, context): readonly IdentityProvider[] => {
    const parsed = z.array(provider).max(MOST_PROVIDERS).safeParse(jsonOf(text));
    if (!parsed.success) {
      for (const { path, message } of parsed.error.issues) context.addIssue(placed(path, message));
      return z.NEVER;
    }
    const problems = [
      ...repeated(parsed.data.map(({ id }) => id)).map((id) => `the id ${id} is given twice`),
      ...repeated(parsed.data.flatMap(({ emailDomains }) => emailDomains)).map(
        (domain) => `the e-mail domain ${domain} is given twice: it belongs to one provider`,
      ),
      ...openToOthers(parsed.data).map(
        (id) =>
          `the issuer of ${id} is another's as well: it needs tenantClaim, or require to tell whose people are whose`,
      ),
    ];
    for (const problem of problems) context.addIssue(problem);
    return problems.length === 0 ? parsed.data : z.NEVER;
  });
}

function authenticationOf(given: Written): IdentityProvider['authentication'] | undefined {
  const { clientSecret, privateKey, privateKeyId: keyId, privateKeyAlgorithm: algorithm } = given;
  const keyed = [privateKey, keyId, algorithm].some((part) => part !== undefined);
  if (clientSecret !== undefined)
    return keyed ? undefined : { method: 'client_secret', secret: clientSecret };
  if (privateKey === undefined || keyId === undefined || algorithm === undefined) return undefined;
  return { method: 'private_key_jwt', keyId, algorithm, privateKey };
}

function tenantsOf({ tenant, tenantClaim, tenants }: Written): IdentityProvider['tenants'] | undefined {
  if (tenant !== undefined)
    return tenantClaim === undefined && tenants === undefined ? { only: tenant } : undefined;
  if (tenantClaim === undefined || tenants === undefined) return undefined;
  // In a list each tenant is the value of the claim itself.
  const known = Array.isArray(tenants) ? tenants.map((id) => [id, id] as const) : Object.entries(tenants);
  return { claim: tenantClaim, known: new Map(known) };
}

function groupsOf({ groupsClaim: claim, groups }: Written): IdentityProvider['groups'] {
  return claim === undefined || groups === undefined
    ? null
    : { claim, known: new Map(Object.entries(groups)) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function placed(path: readonly PropertyKey[], message: string): string {
  const [index, ...field] = path;
  if (index === undefined) return 'must be a JSON array of providers';
  const name = field.length === 0 ? '' : `, ${field.map(String).join('.')}`;
  return `provider ${Number(index) + 1}${name}: ${message}`;
}

/** Providers of one tenant that would also sign in people of other companies with the same issuer. */
function openToOthers(providers: readonly IdentityProvider[]): string[] {
  const shared = new Set(repeated(providers.map(({ issuer: url }) => url)));
  return providers
    .filter(({ issuer: url, tenants, require }) => shared.has(url) && 'only' in tenants && require.size === 0)
    .map(({ id }) => id);
}

function repeated(values: readonly string[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}
