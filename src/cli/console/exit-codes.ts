import type { ErrorCodeName } from '../../domain/error-codes.ts';

/** How the command ended, for scripts: the numbers of BSD's sysexits.h. `portal --help` lists them. */
export const EXIT = {
  ok: 0,
  /** What was looked at is not as it should be: doctor, verify, plan; or some tenants of an apply failed. */
  found: 1,
  /** EX_USAGE */
  usage: 64,
  /** EX_DATAERR: a file or value is not of the expected form. */
  data: 65,
  /** EX_NOINPUT: no such tenant, client, user or file. */
  unknown: 66,
  /** EX_UNAVAILABLE: the tenant or the database cannot be reached. */
  unavailable: 69,
  /** EX_SOFTWARE: a fault of the portal itself. */
  internal: 70,
  /** EX_CANTCREAT: it exists already, or a limit is reached. */
  conflict: 73,
  /** EX_TEMPFAIL: try again later. */
  later: 75,
  /** EX_PROTOCOL: the tenant answered with something that cannot be read. */
  protocol: 76,
  /** EX_NOPERM: the tenant refused the credentials, or what they asked for. */
  refused: 77,
  /** EX_CONFIG */
  config: 78,
  /** Interrupted, or a question was not answered with yes. */
  interrupted: 130,
} as const;

const BY_CODE: Partial<Record<ErrorCodeName, number>> = {
  invalid_request: EXIT.data,
  malformed_json: EXIT.data,
  not_found: EXIT.unknown,
  qlik_not_found: EXIT.unknown,
  conflict: EXIT.conflict,
  qlik_conflict: EXIT.conflict,
  qlik_user_not_linked: EXIT.data,
  tenant_not_provisioned: EXIT.unknown,
  tenant_disabled: EXIT.refused,
  qlik_user_disabled: EXIT.refused,
  qlik_token_limit: EXIT.refused,
  qlik_client_rejected: EXIT.refused,
  qlik_forbidden: EXIT.refused,
  qlik_token_refused: EXIT.refused,
  qlik_bad_request: EXIT.refused,
  qlik_bad_response: EXIT.protocol,
  qlik_rate_limited: EXIT.later,
  qlik_timeout: EXIT.later,
  qlik_unavailable: EXIT.unavailable,
  storage_unavailable: EXIT.unavailable,
  config_invalid: EXIT.config,
  encryption_key_missing: EXIT.config,
  stored_secret_unreadable: EXIT.config,
};

export function exitCodeOf(code: ErrorCodeName): number {
  return BY_CODE[code] ?? EXIT.internal;
}

export const EXIT_CODES_HELP = `
Exit codes: 0 done; 1 something is not as it should be (doctor, verify, plan, apply); 64 wrong usage;
65 unreadable input; 66 unknown tenant, client or file; 69 tenant or database unreachable; 70 fault of the
portal; 73 conflict; 75 try again later; 76 unreadable answer; 77 refused by the tenant; 78 configuration;
130 interrupted.`;
