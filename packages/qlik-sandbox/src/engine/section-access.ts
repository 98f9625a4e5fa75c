import type { EngineUser } from './tenant.ts';
import { REGIONS, type SalesRow } from './dataset.ts';

/**
 * The rows a person may see. Members of a region's group see the regions of their groups; a person in none of
 * them sees all. The reduction happens before any request is answered, so no selection can widen it.
 */
export function rowsFor(user: EngineUser, rows: readonly SalesRow[]): SalesRow[] {
  const granted = new Set(
    user.assignedGroups.map((group) => group.name).filter((name) => Object.hasOwn(REGIONS, name)),
  );
  return granted.size === 0 ? [...rows] : rows.filter((row) => granted.has(row.Region));
}
