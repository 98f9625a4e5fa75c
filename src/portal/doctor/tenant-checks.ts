import { hasCode } from '../../domain/errors.ts';
import { storedManagement } from '../tenants/management-token.ts';
import { requireTenant } from '../tenants/require-tenant.ts';
import { fault, ok, skipped, warning, type Check } from './checks.ts';
import { fact, impersonationOf, type TenantFacts } from './facts.ts';

const SKEW_WARNING_MS = 5_000;
/** From about a minute on, tenants refuse signed assertions. */
const SKEW_FAULT_MS = 60_000;

export function isSkewFault({ clockSkewMs = 0 }: Pick<TenantFacts, 'clockSkewMs'>): boolean {
  return Math.abs(clockSkewMs) > SKEW_FAULT_MS;
}

/** The tenant itself, before its client. */
export const TENANT_CHECKS: readonly Check<TenantFacts>[] = [
  {
    id: 'encryption',
    title: 'stored secrets of the tenant',
    why: 'every token exchange decrypts them',
    async run(facts) {
      facts.tenant = await requireTenant(facts.tenants, facts.tenantId);
      if (facts.tenant.status === 'disabled') {
        return warning('readable; the tenant is disabled', `portal tenant enable ${facts.tenantId}`);
      }
      impersonationOf(facts);
      return ok('readable');
    },
  },
  {
    id: 'address',
    title: 'DNS, TLS and HTTP of the tenant',
    why: 'browsers and the portal both have to reach it',
    needs: ['encryption'],
    async run(facts) {
      const { host } = fact(facts.tenant);
      const { clockSkewMs } = await facts.probe.probe(host);
      facts.clockSkewMs = clockSkewMs;
      return ok(`${host} answers`);
    },
  },
  {
    id: 'clock',
    title: 'clock skew',
    why: 'tokens expire by the clock, and tenants refuse assertions that are signed with a wrong time',
    needs: ['address'],
    async run({ clockSkewMs }) {
      if (clockSkewMs === undefined) return skipped('the response of the tenant has no Date header');
      const seconds = Math.round(clockSkewMs / 1000);
      const found = `the tenant is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead' : 'behind'}`;
      const fix = 'Synchronise the clock of this machine by NTP; if it is right, tell Qlik.';
      if (isSkewFault({ clockSkewMs })) return fault(found, fix);
      return Math.abs(clockSkewMs) > SKEW_WARNING_MS ? warning(found, fix) : ok('in sync');
    },
  },
  {
    id: 'administration',
    title: 'management access to the tenant',
    why: 'the OAuth client can only be checked with it',
    needs: ['address'],
    async run(facts) {
      const tenant = fact(facts.tenant);
      const { host } = tenant;
      const management = facts.givenManagement ?? storedManagement(tenant);
      if (!management) return skipped('no management credentials given or stored');
      if ('token' in management) {
        facts.access = { host, token: management.token };
        return ok('with the given token');
      }
      const { client, scopes } = management;
      const token = await facts.oauth.clientCredentials({ host, client, scopes }).catch((error: unknown) => {
        if (hasCode(error, 'qlik_client_rejected', 'qlik_user_disabled', 'qlik_bad_request')) return error;
        throw error;
      });
      if (!('tokenId' in token)) {
        return fault(
          `the tenant refuses client ${client.clientId}: ${token.detail ?? token.code}`,
          `Use an administrator's token: portal tenant provision ${facts.tenantId} --management create …`,
        );
      }
      facts.managementToken = { client, token };
      facts.access = { host, token: token.value };
      return ok(`with client ${client.clientId}`);
    },
  },
];
