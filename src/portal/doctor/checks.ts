import { ERROR_CODES } from '../../domain/error-codes.ts';
import { hasCode, PortalError } from '../../domain/errors.ts';

export type CheckStatus = 'ok' | 'warning' | 'fault' | 'skipped';

export interface Finding {
  readonly status: CheckStatus;
  /** One line. */
  readonly found: string;
  /** What to do; absent where there is nothing to do. */
  readonly fix?: string;
}

/** One check. What later checks need from it, it stores in `Facts`. */
export interface Check<Facts> {
  readonly id: string;
  /** What is checked. */
  readonly title: string;
  /** Why it matters. */
  readonly why: string;
  /** Checks that must have succeeded for this one to be possible. */
  readonly needs?: readonly string[];
  /** Checks whose failure also causes this one to fail: only they are reported then. */
  readonly unless?: readonly string[];
  /** Runs also while the tenant does not answer. */
  readonly offline?: true;
  run(facts: Facts): Promise<Finding>;
}

export interface CheckReport extends Finding {
  readonly id: string;
  readonly title: string;
  readonly why: string;
}

export const ok = (found: string): Finding => ({ status: 'ok', found });
export const warning = (found: string, fix: string): Finding => ({ status: 'warning', found, fix });
export const fault = (found: string, fix: string): Finding => ({ status: 'fault', found, fix });
export const skipped = (found: string): Finding => ({ status: 'skipped', found });

/** After one of these no later check of the tenant can find anything. */
const UNREACHABLE = ['qlik_unavailable', 'qlik_timeout', 'qlik_rate_limited', 'qlik_bad_response'] as const;

/**
 * Runs the checks in order and reports each cause once, at the first check that finds it: checks that depend on a
 * failed one are skipped, and so are all others once the tenant has stopped answering.
 */
export async function runChecks<Facts>(
  checks: readonly Check<Facts>[],
  facts: Facts,
): Promise<CheckReport[]> {
  const reports: CheckReport[] = [];
  let unreachable: string | undefined;
  for (const check of checks) {
    const { id, title, why } = check;
    const reason = whySkipped(check, reports) ?? (check.offline ? undefined : unreachable);
    const finding =
      reason === undefined
        ? await runCheck(check, facts, () => (unreachable = `see "${title}"`))
        : skipped(reason);
    reports.push({ id, title, why, ...finding });
  }
  return reports;
}

function whySkipped<Facts>(
  { needs = [], unless = [] }: Check<Facts>,
  reports: readonly CheckReport[],
): string | undefined {
  const blocker = reports.find(
    ({ id, status }) => status === 'fault' && (needs.includes(id) || unless.includes(id)),
  );
  if (blocker !== undefined) return `see "${blocker.title}"`;
  return reports.find(({ id, status }) => status === 'skipped' && needs.includes(id))?.found;
}

async function runCheck<Facts>(
  check: Check<Facts>,
  facts: Facts,
  onUnreachable: () => void,
): Promise<Finding> {
  try {
    return await check.run(facts);
  } catch (error) {
    if (hasCode(error, ...UNREACHABLE)) onUnreachable();
    return findingOf(error);
  }
}

/** A failed check, in the words of its error code. */
export function findingOf(error: unknown): Finding {
  if (!(error instanceof PortalError))
    return fault('the check itself failed', ERROR_CODES.internal_error.ops);
  const entry = ERROR_CODES[error.code];
  const wait = error.retryAfterS === undefined ? '' : `; it asks to wait ${error.retryAfterS} s`;
  return fault(`${error.message}${wait}`, entry.ops ?? entry.person);
}
