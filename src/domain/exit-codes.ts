/** How a command of the CLI ends, for scripts: the numbers of BSD's sysexits.h, and 1 and 130 of shells. */
export const EXIT = {
  ok: 0,
  found: 1,
  /** EX_USAGE */
  usage: 64,
  /** EX_DATAERR */
  data: 65,
  /** EX_NOINPUT */
  unknown: 66,
  /** EX_UNAVAILABLE */
  unavailable: 69,
  /** EX_SOFTWARE */
  internal: 70,
  /** EX_CANTCREAT */
  conflict: 73,
  /** EX_TEMPFAIL */
  later: 75,
  /** EX_PROTOCOL */
  protocol: 76,
  /** EX_NOPERM */
  refused: 77,
  /** EX_CONFIG */
  config: 78,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** For `portal --help` and docs/error-codes.md. */
export const EXIT_MEANINGS = {
  ok: 'done',
  found:
    'a check failed or a difference was found (doctor, verify, plan, apply, import, reconcile, keys rotate)',
  usage: 'wrong usage',
  data: 'invalid input',
  unknown: 'unknown tenant, client, user or file',
  unavailable: 'tenant, identity provider or database unreachable',
  internal: 'internal error',
  conflict: 'conflict',
  later: 'temporary failure: try again later',
  protocol: 'unreadable answer of the tenant',
  refused: 'access refused',
  config: 'invalid configuration',
  interrupted: 'interrupted, or not confirmed',
} as const satisfies Record<keyof typeof EXIT, string>;
