import { hasCode } from '../../domain/errors.ts';
import { MANAGEMENT_SCOPES } from '../tenants/management-token.ts';
import { requireTenant } from '../tenants/provision/tenant-record.ts';
import { fault, ok, skipped, warning, type Check } from './checks.ts';
import { impersonationOf, known, type TenantFacts } from './facts.ts';

const SKEW_NOTICED_MS = 5_000;
/** A minute off, and signed assertions begin to be refused. */
const SKEW_HARMFUL_MS = 60_000;

export function clockIsHarmful({ clockSkewMs = 0 }: Pick<TenantFacts, 'clockSkewMs'>): boolean {
  return Math.abs(clockSkewMs) > SKEW_HARMFUL_MS;
}

/** The tenant itself, before anything about its client. */
export const TENANT_CHECKS: readonly Check<TenantFacts>[] = [
  {
    id: 'encryption',
    title: 'stored secrets of the tenant',
    why: 'they are opened with every token',
    async run(facts) {
      facts.tenant = await requireTenant(facts.tenants, facts.tenantId);
      if (facts.tenant.status === 'disabled') {
        return warning('they open; the tenant is switched off', `portal tenant enable ${facts.tenantId}`);
      }
      impersonationOf(facts);
      return ok('they open');
    },
  },
  {
    id: 'address',
    title: 'DNS, TLS and answer of the tenant',
    why: 'browsers and portal both have to reach it',
    needs: ['encryption'],
    async run(facts) {
      const { host } = known(facts.tenant);
      const { clockSkewMs } = await facts.probe.probe(host);
      facts.clockSkewMs = clockSkewMs;
      return ok(`${host} answers`);
    },
  },
  {
    id: 'clock',
    title: 'clock, against that of the tenant',
    why: 'tokens end by the clock, and signed assertions are refused by a wrong one',
    needs: ['address'],
    async run({ clockSkewMs }) {
      if (clockSkewMs === undefined) return skipped('the tenant did not say its time');
      const seconds = Math.round(clockSkewMs / 1000);
      const found = `the tenant is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead' : 'behind'}`;
      const mend = 'Set this machine by NTP; if it is right, tell Qlik.';
      if (clockIsHarmful({ clockSkewMs })) return fault(found, mend);
      return Math.abs(clockSkewMs) > SKEW_NOTICED_MS ? warning(found, mend) : ok('they agree');
    },
  },
  {
    id: 'administration',
    title: 'administration of the tenant',
    why: 'only with it can the client be looked at',
    needs: ['address'],
    async run(facts) {
      const { host, management } = known(facts.tenant);
      const admin = facts.givenAdmin ?? (management && { client: management, scopes: MANAGEMENT_SCOPES });
      if (!admin) return skipped('no administration was given or is stored');
      if ('token' in admin) {
        facts.access = { host, token: admin.token };
        return ok('a token was given');
      }
      const { client, scopes } = admin;
      const token = await facts.oauth.clientCredentials({ host, client, scopes }).catch((error: unknown) => {
        if (hasCode(error, 'qlik_client_rejected', 'qlik_user_disabled', 'qlik_bad_request')) return error;
        throw error;
      });
      if (!('tokenId' in token)) {
        return fault(
          `the tenant refuses client ${client.clientId}: ${token.detail ?? token.code}`,
          `Give an administrator's token: portal tenant provision ${facts.tenantId} --management create …`,
        );
      }
      facts.adminToken = { client, token };
      facts.access = { host, token: token.value };
      return ok(`client ${client.clientId}`);
    },
  },
];
