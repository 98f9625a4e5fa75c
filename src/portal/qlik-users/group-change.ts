import type { QlikGroupRef } from '../../domain/ports/qlik/qlik-users.ts';

interface Groups {
  /** Of the Qlik user, as the tenant lists them. */
  readonly current: readonly QlikGroupRef[];
  /** Names of the groups that the portal assigned. */
  readonly given: readonly string[];
  /** Names of the account's groups. */
  readonly wanted: readonly string[];
}

interface GroupChange {
  /** All groups that the Qlik user is to have; undefined where none changes. */
  readonly groups: readonly QlikGroupRef[] | undefined;
  readonly given: readonly string[];
}

/** Adds the wanted groups and removes those that the portal assigned and the account has left. Keeps all others. */
export function groupChange({ current, given, wanted }: Groups): GroupChange {
  const has = new Set(current.map(({ name }) => name));
  const wants = new Set(wanted);
  const gave = new Set(given);
  const kept = current.filter(({ name }) => wants.has(name) || !gave.has(name));
  const added = [...wants].filter((name) => !has.has(name));
  const changed = added.length > 0 || kept.length < current.length;
  return {
    groups: changed ? [...kept, ...added.map((name) => ({ name, providerType: 'idp' as const }))] : undefined,
    given: [...wants].filter((name) => gave.has(name) || !has.has(name)),
  };
}
