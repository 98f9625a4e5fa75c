import { ERROR_CODES } from '../../domain/error-codes.ts';
import { hasCode, type PortalError } from '../../domain/errors.ts';
import type { AccessToken } from '../../domain/model/token.ts';
import { fault, findingOf, ok, skipped, warning, type Check, type Finding } from './checks.ts';
import { impersonationOf, known, type TenantFacts } from './facts.ts';
import { clockIsHarmful } from './tenant-checks.ts';

/** What a person meets, tried as that person. */
export const PERSON_CHECKS: readonly Check<TenantFacts>[] = [
  {
    id: 'exchange',
    title: 'token exchange',
    why: 'it is what the portal is for',
    needs: ['encryption', 'address'],
    unless: ['client', 'grants', 'scopes', 'consent', 'secrets'],
    async run(facts) {
      try {
        facts.token = await exchange(facts);
        return ok(
          facts.user === undefined
            ? "the client's own token; no user was named"
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
    title: 'whom the token speaks for',
    why: 'a token for another person would show the wrong data',
    needs: ['exchange'],
    async run(facts) {
      if (facts.user === undefined) return skipped('no user was named, and no account is linked');
      const { field, value } = facts.user;
      const me = await facts.users.me(accessOf(facts)).catch((error: unknown) => {
        if (hasCode(error, 'qlik_client_rejected')) return undefined;
        throw error;
      });
      if (me === undefined)
        return fault(
          'the tenant refuses the token it has just made',
          'Ask Qlik, with the time of this check.',
        );
      if ((field === 'userId' ? me.id : me.subject) === value)
        return ok(`${me.id}, ${me.status ?? 'active'}`);
      return fault(`it speaks for ${me.id}`, 'Link the account again: portal user link.');
    },
  },
  {
    id: 'app',
    title: 'app, sheets and charts of the embed page',
    why: 'what the person may not see stays blank',
    needs: ['exchange', 'identity'],
    async run(facts) {
      const { embed } = known(facts.tenant);
      if (embed === null)
        return warning('no app is named', `portal tenant update ${facts.tenantId} --app ID --sheet ID=TITLE`);
      const access = accessOf(facts);
      const share = `Share app ${embed.appId} with the groups of this user, or name another app.`;
      try {
        const { name } = await facts.apps.find(access, embed.appId);
        const ids = [...embed.sheets, ...embed.objects].map(({ id }) => id);
        const missing = await facts.apps.unreadable(access, embed.appId, ids);
        if (missing.length === 0) return ok(`"${name}" with ${ids.length} sheets and charts`);
        return fault(
          `not in "${name}" for this user: ${missing.join(', ')}`,
          `Name others: portal tenant update ${facts.tenantId}.`,
        );
      } catch (error) {
        if (!hasCode(error, 'qlik_not_found', 'qlik_forbidden')) throw error;
        return fault(`app ${embed.appId} is not there for this user`, share);
      }
    },
  },
];

export const POLICY_CHECK: Check<TenantFacts> = {
  id: 'csp',
  title: 'Content-Security-Policy of the embed page',
  why: 'a policy without the tenant stops the embed with no message',
  needs: ['encryption'],
  offline: true,
  async run({ tenant, embedPolicy, cspReportOnly }) {
    const { host } = known(tenant);
    const policy = embedPolicy(host);
    const admits = (directive: string, source: string) => policy[directive]?.includes(source) ?? false;
    const missing = [
      ...(admits('script-src', host) ? [] : [`script-src ${host}`]),
      ...[host, host.replace(/^http/, 'ws')]
        .filter((source) => !admits('connect-src', source))
        .map((source) => `connect-src ${source}`),
    ];
    if (missing.length > 0)
      return fault(`missing: ${missing.join('; ')}`, 'A fault of the portal itself: report it.');
    return cspReportOnly
      ? warning('only reported, not enforced', 'Remove CSP_REPORT_ONLY.')
      : ok(`admits ${host}`);
  },
};

function exchange(facts: TenantFacts): Promise<AccessToken> {
  const { host, scopes } = known(facts.tenant);
  const request = { tenantId: facts.tenantId, host, client: impersonationOf(facts), scopes };
  return facts.user === undefined
    ? facts.oauth.clientCredentials(request)
    : facts.oauth.impersonate({ ...request, user: facts.user });
}

function accessOf(facts: TenantFacts) {
  return { host: known(facts.tenant).host, token: known(facts.token).value };
}

/** The client itself was looked at before: what is left is what it proves itself with. */
function rejectedFinding(facts: TenantFacts, error: PortalError): Finding {
  if (facts.client === undefined) return findingOf(error);
  const { method } = impersonationOf(facts).authentication;
  // An assertion dated by a wrong clock is refused like one with a wrong key.
  if (method === 'private_key_jwt' && clockIsHarmful(facts))
    return skipped('see "clock, against that of the tenant"');
  const what = method === 'client_secret' ? 'secret' : 'key';
  return fault(
    `the tenant refuses the stored ${what} of the client`,
    `portal tenant rotate ${facts.tenantId}`,
  );
}

/** A tenant gives one answer for "disabled" and "too many tokens"; its list of users tells them apart. */
async function refusedFinding(facts: TenantFacts, error: PortalError): Promise<Finding> {
  if (facts.user === undefined || facts.access === undefined) return findingOf(error);
  const { field, value } = facts.user;
  const [user] = await facts.users.find(facts.access, {
    field: field === 'userId' ? 'id' : 'subject',
    value,
  });
  if (user === undefined)
    return fault(`the tenant has no user ${value}`, 'Link the account to another: portal user link.');
  if (user.status === 'disabled' || user.status === 'deleted') {
    return fault(`user ${value} is ${user.status}`, 'Enable the user in the tenant.');
  }
  return fault(
    `user ${value} is ${user.status ?? 'active'}, so the maximum number of tokens is reached`,
    ERROR_CODES.qlik_token_limit.ops,
  );
}
