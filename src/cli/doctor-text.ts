import type { CheckReport } from '../portal/doctor/examine.ts';
import type { Examination } from './doctor.ts';
import { printable } from './console/output.ts';

const SIGNS: Readonly<Record<CheckReport['status'], string>> = {
  ok: '✓',
  warning: '!',
  fault: '✗',
  skipped: '-',
};

/** The report for people: one line a check, and for what is not well why it matters and how to mend it. */
export function doctorText(examinations: readonly Examination[]): string {
  const lines: string[] = [];
  let heading: string | null | undefined;
  for (const { tenant, checks } of examinations) {
    if (tenant !== heading) lines.push('', tenant === null ? 'portal' : `tenant ${tenant}`);
    heading = tenant;
    lines.push(...checks.flatMap(checkLines));
  }
  const count = (status: CheckReport['status']) =>
    examinations.flatMap(({ checks }) => checks).filter((check) => check.status === status).length;
  return [...lines.slice(1), '', `${count('fault')} faults, ${count('warning')} warnings`].join('\n');
}

function checkLines({ title, status, found, why, mend }: CheckReport): string[] {
  const what = found.split('\n').map(printable);
  const line = `  ${SIGNS[status]} ${title}: ${what.join('\n      ')}`;
  if (mend === undefined) return [line];
  return [line, `      why   ${why}`, `      mend  ${printable(mend)}`];
}
