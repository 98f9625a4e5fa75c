import type { FieldChange, PlannedChange } from '../portal/tenants/planned-change.ts';
import { printable } from './console/safe-text.ts';

/** `allowedScopes: user_default → user_default, apps` */
export function changeText({ field, found, wanted }: FieldChange): string {
  return `${field}: ${listed(found)} → ${listed(wanted)}`;
}

const SIGNS = { create: '+', update: '~', delete: '-' } as const;
const PLACES = { tenant: 'Qlik tenant', portal: 'portal' } as const;

/** One line for each change, and one for each of its fields. */
export function planText(planned: readonly PlannedChange[]): string {
  if (planned.length === 0) return 'nothing to change';
  const lines = planned.flatMap(({ where, action, object, id, fields }) => [
    printable(`${SIGNS[action]} ${PLACES[where]}: ${object}${id === null ? '' : ` ${id}`}`),
    ...fields.map((field) => `    ${changeText(field)}`),
  ]);
  return lines.join('\n');
}

function listed(items: readonly string[]): string {
  return printable(items.join(', ')) || 'nothing';
}
