import { hasCode } from '../../domain/errors.ts';
import { IMPERSONATION_GRANT } from '../tenants/provision/client-settings.ts';
import { fault, ok, warning, type Check, type Finding } from './checks.ts';
import { fact, impersonationOf, type TenantFacts } from './facts.ts';

const OLD_SECRET_DAYS = 180;
const DAY_MS = 86_400_000;

const provisionAgain = ({ tenantId, tenant }: TenantFacts) =>
  `portal tenant provision ${tenantId} --host ${fact(tenant).host}`;

/** The client that issues the users' tokens, as the tenant shows it. */
export const CLIENT_CHECKS: readonly Check<TenantFacts>[] = [
  {
    id: 'client',
    title: 'OAuth client',
    why: 'it issues the tokens',
    needs: ['administration'],
    async run(facts) {
      const { clientId } = impersonationOf(facts);
      const client = await facts.clients.get(fact(facts.access), clientId).catch((error: unknown) => {
        if (hasCode(error, 'qlik_not_found')) return undefined;
        throw error;
      });
      if (client === undefined) return fault(`client ${clientId} does not exist`, provisionAgain(facts));
      facts.client = client;
      if (client.disableTag === undefined) return ok(`${client.clientName} (${clientId})`);
      return fault(
        `client ${clientId} is disabled (${client.disableTag})`,
        'Enable it in the tenant, or ask Qlik why it is disabled.',
      );
    },
  },
  {
    id: 'grants',
    title: 'grant types of the client',
    why: 'impersonation needs a grant type of its own',
    needs: ['client'],
    async run(facts) {
      const { allowedGrantTypes } = fact(facts.client);
      if (allowedGrantTypes.includes(IMPERSONATION_GRANT)) return ok(allowedGrantTypes.join(', '));
      return fault(`${IMPERSONATION_GRANT} is missing`, provisionAgain(facts));
    },
  },
  {
    id: 'scopes',
    title: 'scopes of the client',
    why: 'a token can have no other scopes than its client, and an extra scope is an extra privilege',
    needs: ['client'],
    async run(facts) {
      const { allowedScopes } = fact(facts.client);
      const { scopes } = fact(facts.tenant);
      const missing = scopes.filter((scope) => !allowedScopes.includes(scope));
      if (missing.length > 0) return fault(`missing: ${missing.join(', ')}`, provisionAgain(facts));
      const extra = allowedScopes.filter((scope) => !scopes.includes(scope));
      if (extra.length > 0) return warning(`not needed: ${extra.join(', ')}`, provisionAgain(facts));
      return ok(allowedScopes.join(', '));
    },
  },
  {
    id: 'consent',
    title: 'consent method of the client',
    why: 'only a trusted client can impersonate',
    needs: ['client'],
    async run(facts) {
      const method = await facts.clients.consent(fact(facts.access), fact(facts.client).clientId);
      return method === 'trusted'
        ? ok(method)
        : fault(`consent is ${method}, not trusted`, provisionAgain(facts));
    },
  },
  {
    id: 'origins',
    title: 'allowed origins of the client',
    why: 'without the origin of the portal the embed stays blank, although the token is valid',
    needs: ['client'],
    async run(facts) {
      const { allowedOrigins } = fact(facts.client);
      if (allowedOrigins.includes(facts.portalOrigin)) return ok(allowedOrigins.join(', '));
      return fault(
        `${facts.portalOrigin} is missing (found: ${allowedOrigins.join(', ') || 'none'})`,
        `${provisionAgain(facts)}; or correct PUBLIC_URL, if people use another address`,
      );
    },
  },
  {
    id: 'secrets',
    title: 'secrets and keys of the client',
    why: 'secrets should be rotated, and a tenant keeps at most five',
    needs: ['client'],
    run: async (facts) => authenticationFinding(facts),
  },
];

function authenticationFinding(facts: TenantFacts): Finding {
  const { authentication } = impersonationOf(facts);
  const { secrets, publicKeys, allowedAuthMethods } = fact(facts.client);
  const rotate = `portal tenant rotate ${facts.tenantId}`;
  if (allowedAuthMethods.length > 0 && !allowedAuthMethods.includes(authentication.method)) {
    return fault(`the client no longer accepts ${authentication.method}`, rotate);
  }
  if (authentication.method === 'private_key_jwt') {
    const registered = publicKeys.some(({ kid }) => kid === authentication.keyId);
    return registered
      ? ok(`a key for ${authentication.algorithm}`)
      : fault('the key of the portal is not registered', rotate);
  }
  if (secrets.length === 0) return fault('the client has no secret', rotate);
  if (secrets.length > 1) {
    return warning(
      `${secrets.length} secrets; the portal uses one`,
      `${rotate} --prune, if no other application uses them`,
    );
  }
  const ages = secrets.map(({ createdAt }) => (createdAt === undefined ? 0 : facts.clock.now() - createdAt));
  const days = Math.floor(Math.max(...ages) / DAY_MS);
  return days > OLD_SECRET_DAYS ? warning(`${days} days old`, rotate) : ok(`one secret, ${days} days old`);
}
