import { ERROR_CODES } from '../../domain/error-codes.ts';
import { hasCode, PortalError } from '../../domain/errors.ts';

type CheckStatus = 'ok' | 'warning' | 'fault' | 'skipped';

export interface Finding {
  readonly status: CheckStatus;
  /** One line. */
  readonly found: string;
  /** How to mend it; absent where there is nothing to mend. */
  readonly mend?: string;
}

/** One thing to look at. What a check finds out for later ones it leaves in `Facts`. */
export interface Check<Facts> {
  readonly id: string;
  /** What is checked. */
  readonly title: string;
  /** Why it matters. */
  readonly why: string;
  /** Checks that must have succeeded for this one to be possible. */
  readonly needs?: readonly string[];
  /** Checks whose failure would fail this one too, and is the better name for it. */
  readonly unless?: readonly string[];
  /** Says something also while the tenant is silent. */
  readonly offline?: true;
  run(facts: Facts): Promise<Finding>;
}

export interface CheckReport extends Finding {
  readonly id: string;
  readonly title: string;
  readonly why: string;
}

export const ok = (found: string): Finding => ({ status: 'ok', found });
export const warning = (found: string, mend: string): Finding => ({ status: 'warning', found, mend });
export const fault = (found: string, mend: string): Finding => ({ status: 'fault', found, mend });
export const skipped = (found: string): Finding => ({ status: 'skipped', found });

/** What makes everything else about a tenant unknowable, whichever check meets it. */
const SILENT = ['qlik_unavailable', 'qlik_timeout', 'qlik_rate_limited', 'qlik_bad_response'] as const;

/**
 * Runs the checks in order. Each cause is named once, by the first check that meets it: what depends on a check that
 * failed is skipped, and so is all the rest once the tenant has stopped answering.
 */
export async function runChecks<Facts>(
  checks: readonly Check<Facts>[],
  facts: Facts,
): Promise<CheckReport[]> {
  const reports: CheckReport[] = [];
  let silence: string | undefined;
  for (const check of checks) {
    const { id, title, why } = check;
    const reason = whySkipped(check, reports) ?? (check.offline ? undefined : silence);
    const finding =
      reason === undefined
        ? await examine(check, facts, () => (silence = `see "${title}"`))
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

async function examine<Facts>(check: Check<Facts>, facts: Facts, wentSilent: () => void): Promise<Finding> {
  try {
    return await check.run(facts);
  } catch (error) {
    if (hasCode(error, ...SILENT)) wentSilent();
    return findingOf(error);
  }
}

/** A failure in the words of its code. */
export function findingOf(error: unknown): Finding {
  if (!(error instanceof PortalError))
    return fault('the check itself failed', ERROR_CODES.internal_error.ops);
  const entry = ERROR_CODES[error.code];
  const wait = error.retryAfterS === undefined ? '' : `; it asks to wait ${error.retryAfterS} s`;
  return fault(`${error.message}${wait}`, entry.ops ?? entry.person);
}
