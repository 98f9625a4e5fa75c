/** One change that a dry run would make. */
export interface PlannedChange {
  /** In the Qlik Cloud tenant, or in the portal's own database. */
  readonly where: 'tenant' | 'portal';
  readonly action: 'create' | 'update' | 'delete';
  /** What it changes: `OAuth client`, `client secret`, `stored credentials`. */
  readonly object: string;
  /** Null where the tenant gives it when it is created. */
  readonly id: string | null;
  /** What differs; empty where the object as a whole is created or deleted. */
  readonly fields: readonly FieldChange[];
}

export interface FieldChange {
  readonly field: string;
  readonly found: readonly string[];
  readonly wanted: readonly string[];
}

type Change = Pick<PlannedChange, 'action' | 'object'> & Partial<Pick<PlannedChange, 'id' | 'fields'>>;

export function inTenant({ action, object, id = null, fields = [] }: Change): PlannedChange {
  return { where: 'tenant', action, object, id, fields };
}

export function inPortal({ action, object, id = null, fields = [] }: Change): PlannedChange {
  return { where: 'portal', action, object, id, fields };
}

/** What is set where nothing was: for an object that is created. */
export function newFields(settings: Readonly<Record<string, unknown>>): FieldChange[] {
  return changedFields({}, settings);
}

/** What of `wanted` differs from `found`, as text. */
export function changedFields(
  found: Readonly<Record<string, unknown>>,
  wanted: Readonly<Record<string, unknown>>,
): FieldChange[] {
  return Object.entries(wanted)
    .map(([field, value]) => ({ field, found: textsOf(found[field]), wanted: textsOf(value) }))
    .filter((change) => JSON.stringify(change.found) !== JSON.stringify(change.wanted));
}

function textsOf(value: unknown): readonly string[] {
  if (value === undefined || value === null || value === '') return [];
  if (Array.isArray(value)) return value.map(textOf);
  return [textOf(value)];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
