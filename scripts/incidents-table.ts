import { ERROR_CODES, type ErrorCodeName } from '../src/domain/error-codes.ts';

/** What to run first; TRACE stands for the id that the person reads, LOG for the command that shows the log. */
const FIRST: Partial<Readonly<Record<ErrorCodeName, string>>> = {
  sso_failed: 'LOG | grep TRACE',
  sso_cancelled: 'LOG | grep TRACE',
  sso_expired: 'LOG | grep sso_expired',
  sso_not_allowed: 'portal audit --failed --action sign-in --since 1h',
  sso_account_conflict: 'portal user show E-MAIL',
  sso_unknown: 'LOG | grep sso_unknown',
  sso_unavailable: 'LOG | grep TRACE',
  cross_site_request: 'portal doctor',
  tenant_disabled: 'portal tenant show TENANT',
  qlik_user_disabled: 'portal user show E-MAIL',
  qlik_token_limit: 'portal doctor TENANT --user QLIK_USER_ID',
  qlik_user_not_linked: 'portal user show E-MAIL',
  tenant_not_provisioned: 'portal tenant verify TENANT',
  password_link_invalid: 'portal user reset-password E-MAIL',
  too_many_attempts: 'portal audit --failed --action sign-in --since 1h',
  internal_error: 'LOG | grep TRACE',
  encryption_key_missing: 'portal doctor TENANT',
  stored_secret_unreadable: 'portal doctor TENANT',
  storage_unavailable: 'portal doctor',
  config_invalid: 'portal doctor',
};

/** For whatever is about a tenant: the doctor looks at everything in order, and names the first cause. */
const OTHERWISE = 'portal doctor TENANT';

/** A row for each code that ops can do something about. */
export function incidentsTable(): string {
  const rows = Object.entries(ERROR_CODES).flatMap(([code, meaning]) =>
    'ops' in meaning
      ? [`| \`${code}\` | ${meaning.title} | \`${firstFor(code).replaceAll('|', '\\|')}\` | ${meaning.ops} |`]
      : [],
  );
  return ['| code | what happened | run first | then |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function firstFor(code: string): string {
  const first: Readonly<Record<string, string | undefined>> = FIRST;
  return first[code] ?? OTHERWISE;
}
