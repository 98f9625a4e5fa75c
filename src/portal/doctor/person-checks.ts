import { ERROR_CODES } from '../../domain/error-codes.ts';
import { hasCode, type PortalError } from '../../domain/errors.ts';
import { fault, findingOf, ok, skipped, warning, type Check, type Finding } from './checks.ts';
import { isUser, requestToken } from '../tenants/verify-credentials.ts';
import { fact, impersonationOf, type TenantFacts } from './facts.ts';
import { isSkewFault } from './tenant-checks.ts';

/** What a user of the portal needs, tried with a token of that user. */
export const PERSON_CHECKS: readonly Check<TenantFacts>[] = [
  {
    id: 'exchange',
    title: 'token exchange',
    why: 'the embed page needs a token',
    needs: ['encryption', 'address'],
    unless: ['client', 'grants', 'scopes', 'consent', 'secrets'],
    async run(facts) {
      try {
        facts.token = await exchange(facts);
        return ok(
          facts.user === undefined
            ? "the client's own token; no user was given"
            : `a token for ${facts.user.value}`,
        );
      } catch (error) {
        if (hasCode(error, 'qlik_client_rejected')) return rejectedFinding(facts, error);
        if (hasCode(error, 'qlik_user_disabled', 'qlik_token_limit')) return refusedFinding(facts, error);
        throw error;
      }
    },
  },
  {
    id: 'identity',
    title: 'user of the token',
    why: 'a token for another person would show the wrong data',
    needs: ['exchange'],
    async run(facts) {
      if (facts.user === undefined) return skipped('no user given, and no account has a Qlik user');
      const me = await facts.users.me(accessOf(facts)).catch((error: unknown) => {
        if (hasCode(error, 'qlik_client_rejected')) return undefined;
        throw error;
      });
      if (me === undefined)
        return fault(
          'the tenant refuses the token that it has just issued',
          'Ask Qlik, and name the time of this check.',
        );
      if (isUser(me, facts.user)) return ok(`${me.id}, ${me.status ?? 'active'}`);
      return fault(`the token belongs to ${me.id}`, 'Map the account again: portal user link.');
    },
  },
  {
    id: 'app',
    title: 'app, sheets and charts of the embed page',
    why: 'what the user has no access to stays blank',
    needs: ['exchange', 'identity'],
    async run(facts) {
      const { embed } = fact(facts.tenant);
      if (embed === null)
        return warning(
          'no app is configured',
          `portal tenant update ${facts.tenantId} --app ID --sheet ID=TITLE`,
        );
      const access = accessOf(facts);
      const share = `Share app ${embed.appId} with the groups of this user, or configure another app.`;
      try {
        const { name } = await facts.apps.find(access, embed.appId);
        const ids = [...embed.sheets, ...embed.objects].map(({ id }) => id);
        const missing = await facts.apps.unreadable(access, embed.appId, ids);
        if (missing.length === 0) return ok(`"${name}" with ${ids.length} sheets and charts`);
        return fault(
          `not in "${name}" for this user: ${missing.join(', ')}`,
          `Configure others: portal tenant update ${facts.tenantId}.`,
        );
      } catch (error) {
        if (!hasCode(error, 'qlik_not_found', 'qlik_forbidden')) throw error;
        return fault(`this user has no access to app ${embed.appId}`, share);
      }
    },
  },
];

export const POLICY_CHECK: Check<TenantFacts> = {
  id: 'csp',
  title: 'Content-Security-Policy of the embed page',
  why: 'without the tenant in the policy the browser blocks the embed',
  needs: ['encryption'],
  offline: true,
  async run({ tenant, embedPolicy, cspReportOnly }) {
    const { host } = fact(tenant);
    const policy = embedPolicy(host);
    const allows = (directive: string, source: string) => policy[directive]?.includes(source) ?? false;
    const missing = [
      ...(allows('script-src', host) ? [] : [`script-src ${host}`]),
      ...[host, host.replace(/^http/, 'ws')]
        .filter((source) => !allows('connect-src', source))
        .map((source) => `connect-src ${source}`),
    ];
    if (missing.length > 0)
      return fault(`missing: ${missing.join('; ')}`, 'This is a bug of the portal: report it.');
    return cspReportOnly
      ? warning('reported, not enforced', 'Remove CSP_REPORT_ONLY.')
      : ok(`allows ${host}`);
  },
};

function exchange({ oauth, tenantId, user, ...facts }: TenantFacts) {
  const { host, scopes } = fact(facts.tenant);
  const client = impersonationOf({ ...facts, tenantId });
  return requestToken(oauth, { tenantId, host, client, scopes, user });
}

function accessOf(facts: TenantFacts) {
  return { host: fact(facts.tenant).host, token: fact(facts.token).value };
}

/** Earlier checks have ruled out the client itself: what remains is its secret or key. */
function rejectedFinding(facts: TenantFacts, error: PortalError): Finding {
  if (facts.client === undefined) return findingOf(error);
  const { method } = impersonationOf(facts).authentication;
  // A tenant refuses an assertion with a wrong time like one with a wrong key.
  if (method === 'private_key_jwt' && isSkewFault(facts)) return skipped('see "clock skew"');
  const what = method === 'client_secret' ? 'secret' : 'key';
  return fault(
    `the tenant refuses the stored ${what} of the client`,
    `portal tenant rotate ${facts.tenantId}`,
  );
}

/** A tenant has one response for "disabled" and "too many tokens"; its list of users distinguishes them. */
async function refusedFinding(facts: TenantFacts, error: PortalError): Promise<Finding> {
  if (facts.user === undefined || facts.access === undefined) return findingOf(error);
  const { field, value } = facts.user;
  const [user] = await facts.users.find(facts.access, {
    field: field === 'userId' ? 'id' : 'subject',
    value,
  });
  if (user === undefined)
    return fault(`the tenant has no user ${value}`, 'Map the account to another user: portal user link.');
  if (user.status === 'disabled' || user.status === 'deleted') {
    return fault(`user ${value} is ${user.status}`, 'Enable the user in the tenant.');
  }
  return fault(
    `user ${value} is ${user.status ?? 'active'}, so the maximum number of tokens is reached`,
    ERROR_CODES.qlik_token_limit.ops,
  );
}
