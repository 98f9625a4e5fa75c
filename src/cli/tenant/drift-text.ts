import type { Drift } from '../../portal/tenants/client-drift.ts';
import { printable } from '../console/output.ts';

/** `allowedScopes: user_default → user_default, apps` */
export function driftText({ field, found, wanted }: Drift): string {
  return `${field}: ${listed(found)} → ${listed(wanted)}`;
}

function listed(items: readonly string[]): string {
  return printable(items.join(', ')) || 'nothing';
}
