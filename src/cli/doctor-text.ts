import type { CheckReport, CheckStatus } from '../portal/doctor/checks.ts';
import type { Examination } from '../portal/doctor/examine.ts';
import { printable } from './console/safe-text.ts';

const SIGNS: Readonly<Record<CheckStatus, string>> = {
  ok: '✓',
  warning: '!',
  fault: '✗',
  skipped: '-',
};

/** The report for people: one line for each check, and for each finding why it matters and how to fix it. */
export function doctorText(examinations: readonly Examination[]): string {
  const lines: string[] = [];
  let heading: string | null | undefined;
  for (const { tenant, checks } of examinations) {
    if (tenant !== heading) lines.push('', tenant === null ? 'portal' : `tenant ${tenant}`);
    heading = tenant;
    lines.push(...checks.flatMap(checkLines));
  }
  const count = (status: CheckStatus) =>
    examinations.flatMap(({ checks }) => checks).filter((check) => check.status === status).length;
  return [...lines.slice(1), '', `${count('fault')} faults, ${count('warning')} warnings`].join('\n');
}

function checkLines({ title, status, found, why, fix }: CheckReport): string[] {
  const what = found.split('\n').map(printable);
  const line = `  ${SIGNS[status]} ${title}: ${what.join('\n      ')}`;
  if (fix === undefined) return [line];
  return [line, `      why  ${why}`, `      fix  ${printable(fix)}`];
}
