import { hasCode } from '../../domain/errors.ts';
import { IMPERSONATION_GRANT } from '../tenants/provision/client-settings.ts';
import { fault, ok, warning, type Check, type Finding } from './checks.ts';
import { impersonationOf, known, type TenantFacts } from './facts.ts';

const OLD_SECRET_DAYS = 180;
const DAY_MS = 86_400_000;

const provisionAgain = ({ tenantId, tenant }: TenantFacts) =>
  `portal tenant provision ${tenantId} --host ${known(tenant).host}`;

/** The client that mints people's tokens, as the tenant shows it. */
export const CLIENT_CHECKS: readonly Check<TenantFacts>[] = [
  {
    id: 'client',
    title: 'OAuth client',
    why: 'without it there are no tokens',
    needs: ['administration'],
    async run(facts) {
      const { clientId } = impersonationOf(facts);
      const client = await facts.clients.get(known(facts.access), clientId).catch((error: unknown) => {
        if (hasCode(error, 'qlik_not_found')) return undefined;
        throw error;
      });
      if (client === undefined)
        return fault(`client ${clientId} does not exist any more`, provisionAgain(facts));
      facts.client = client;
      if (client.disableTag === undefined) return ok(`${client.clientName} (${clientId})`);
      return fault(
        `client ${clientId} is switched off (${client.disableTag})`,
        'Switch it on in the tenant, or ask Qlik why.',
      );
    },
  },
  {
    id: 'grants',
    title: 'grants of the client',
    why: 'only a client that may impersonate makes tokens for people',
    needs: ['client'],
    async run(facts) {
      const { allowedGrantTypes } = known(facts.client);
      if (allowedGrantTypes.includes(IMPERSONATION_GRANT)) return ok(allowedGrantTypes.join(', '));
      return fault(`${IMPERSONATION_GRANT} is missing`, provisionAgain(facts));
    },
  },
  {
    id: 'scopes',
    title: 'scopes of the client',
    why: 'a token cannot have a scope that its client has not; each one too many is a power too many',
    needs: ['client'],
    async run(facts) {
      const { allowedScopes } = known(facts.client);
      const { scopes } = known(facts.tenant);
      const missing = scopes.filter((scope) => !allowedScopes.includes(scope));
      if (missing.length > 0) return fault(`missing: ${missing.join(', ')}`, provisionAgain(facts));
      const extra = allowedScopes.filter((scope) => !scopes.includes(scope));
      if (extra.length > 0) return warning(`not needed: ${extra.join(', ')}`, provisionAgain(facts));
      return ok(allowedScopes.join(', '));
    },
  },
  {
    id: 'consent',
    title: 'consent of the tenant to the client',
    why: 'a client whose consent is not trusted cannot impersonate',
    needs: ['client'],
    async run(facts) {
      const method = await facts.clients.consent(known(facts.access), known(facts.client).clientId);
      return method === 'trusted'
        ? ok(method)
        : fault(`consent is ${method}, not trusted`, provisionAgain(facts));
    },
  },
  {
    id: 'origins',
    title: 'allowed origins of the client',
    why: 'without the origin of the portal the embed stays blank, although the token is good',
    needs: ['client'],
    async run(facts) {
      const { allowedOrigins } = known(facts.client);
      if (allowedOrigins.includes(facts.portalOrigin)) return ok(allowedOrigins.join(', '));
      return fault(
        `${facts.portalOrigin} is not among them (${allowedOrigins.join(', ') || 'there are none'})`,
        `${provisionAgain(facts)}; or, if people use another address, mend PUBLIC_URL`,
      );
    },
  },
  {
    id: 'secrets',
    title: 'age and number of secrets',
    why: 'an old secret is one that more have seen; five is the most a tenant keeps',
    needs: ['client'],
    run: async (facts) => authenticationFinding(facts),
  },
];

function authenticationFinding(facts: TenantFacts): Finding {
  const { authentication } = impersonationOf(facts);
  const { secrets, publicKeys, allowedAuthMethods } = known(facts.client);
  const rotate = `portal tenant rotate ${facts.tenantId}`;
  if (allowedAuthMethods.length > 0 && !allowedAuthMethods.includes(authentication.method)) {
    return fault(`the client does not take ${authentication.method} any more`, rotate);
  }
  if (authentication.method === 'private_key_jwt') {
    const registered = publicKeys.some(({ kid }) => kid === authentication.keyId);
    return registered
      ? ok(`a key for ${authentication.algorithm}`)
      : fault('its key is not registered any more', rotate);
  }
  if (secrets.length === 0) return fault('the client has no secret any more', rotate);
  if (secrets.length > 1) {
    return warning(
      `${secrets.length} secrets, of which the portal uses one`,
      `${rotate} --prune, if nobody else uses them`,
    );
  }
  const ages = secrets.map(({ createdAt }) => (createdAt === undefined ? 0 : facts.clock.now() - createdAt));
  const days = Math.floor(Math.max(...ages) / DAY_MS);
  return days > OLD_SECRET_DAYS ? warning(`${days} days old`, rotate) : ok(`one secret, ${days} days old`);
}
