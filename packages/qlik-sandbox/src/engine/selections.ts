import { DIMENSION_FIELDS, fieldValues, type DimensionField, type SalesRow } from './dataset.ts';

/** How a value of a field stands to the current selections (Qlik's letters: selected, optional, alternative, excluded). */
export type ValueState = 'S' | 'O' | 'A' | 'X';

/** Selected values by field; a field without selection has no entry. Never changed in place. */
export type Selected = ReadonlyMap<DimensionField, ReadonlySet<string>>;

export interface SelectChange {
  readonly field: DimensionField;
  readonly values: readonly string[];
  /** Adds values that are not selected and removes those that are; otherwise the values replace the selection. */
  readonly toggle: boolean;
}

const HISTORY_LIMIT = 100;

/**
 * What one session has selected in the app, over the rows its user may see. Knows the associations (which values
 * remain possible), the way back and forward, and the one object that may be in selection mode.
 */
export class Selections {
  readonly rows: readonly SalesRow[];
  readonly #values: ReadonlyMap<DimensionField, readonly string[]>;
  #current: Selected = new Map();
  #past: Selected[] = [];
  #future: Selected[] = [];
  #modal: { handle: number; before: Selected } | undefined;

  constructor(rows: readonly SalesRow[]) {
    this.rows = rows;
    this.#values = new Map(DIMENSION_FIELDS.map((field) => [field, fieldValues(rows, field)]));
  }

  get current(): Selected {
    return this.#current;
  }

  get backCount(): number {
    return this.#past.length;
  }

  get forwardCount(): number {
    return this.#future.length;
  }

  /** All values of a field that the user may see; the index in this list is Qlik's element number. */
  values(field: DimensionField): readonly string[] {
    return this.#values.get(field) ?? [];
  }

  /** Applies a change as one step. Answers false when it would change nothing, as an unknown value does. */
  select({ field, values, toggle }: SelectChange): boolean {
    const known = values.filter((value) => this.values(field).includes(value));
    if (known.length === 0 && values.length > 0) return false;
    const next = new Set(toggle ? this.#current.get(field) : []);
    for (const value of known) {
      if (toggle && next.has(value)) next.delete(value);
      else next.add(value);
    }
    return this.#replace(withField(this.#current, field, next));
  }

  clear(fields: readonly DimensionField[] = DIMENSION_FIELDS): boolean {
    const next = new Map(this.#current);
    for (const field of fields) next.delete(field);
    return this.#replace(next);
  }

  back(): boolean {
    return this.#travel(this.#past, this.#future);
  }

  forward(): boolean {
    return this.#travel(this.#future, this.#past);
  }

  isModal(handle: number): boolean {
    return this.#modal?.handle === handle;
  }

  /** Puts one object in selection mode; what another object had begun is confirmed first, as a click elsewhere does. */
  begin(handle: number): void {
    if (this.isModal(handle)) return;
    this.end({ accept: true });
    this.#modal = { handle, before: this.#current };
  }

  /** Leaves selection mode, keeping what was selected in it or going back to what was before. */
  end({ accept }: { accept: boolean }): void {
    if (!this.#modal) return;
    const { before } = this.#modal;
    this.#modal = undefined;
    if (!accept) this.#current = before;
    else if (!sameSelection(before, this.#current)) this.#remember(before);
  }

  /** Undoes what was selected in the current selection mode, without leaving it. */
  resetMade(): void {
    if (this.#modal) this.#current = this.#modal.before;
  }

  madeInModal(handle: number): boolean {
    return this.#modal?.handle === handle && !sameSelection(this.#modal.before, this.#current);
  }

  /**
   * The rows an object aggregates. The object in selection mode keeps showing the values of its own fields as
   * they were before, so that a person can pick more than one bar.
   */
  rowsFor(handle: number, ownFields: readonly DimensionField[]): readonly SalesRow[] {
    const filter = new Map(this.#current);
    if (this.#modal?.handle === handle) {
      for (const field of ownFields) {
        const before = this.#modal.before.get(field);
        if (before) filter.set(field, before);
        else filter.delete(field);
      }
    }
    return matching(this.rows, filter);
  }

  state(field: DimensionField, value: string): ValueState {
    const selected = this.#current.get(field);
    if (selected?.has(value)) return 'S';
    const others = withField(this.#current, field, new Set());
    const possible = matching(this.rows, others).some((row) => row[field] === value);
    if (!possible) return 'X';
    return selected ? 'A' : 'O';
  }

  #replace(next: Selected): boolean {
    if (sameSelection(next, this.#current)) return false;
    if (!this.#modal) this.#remember(this.#current);
    this.#current = next;
    return true;
  }

  #remember(step: Selected): void {
    this.#past = [...this.#past, step].slice(-HISTORY_LIMIT);
    this.#future = [];
  }

  #travel(from: Selected[], to: Selected[]): boolean {
    this.end({ accept: true });
    const step = from.pop();
    if (!step) return false;
    to.push(this.#current);
    this.#current = step;
    return true;
  }
}

function withField(selected: Selected, field: DimensionField, values: ReadonlySet<string>): Selected {
  const next = new Map(selected);
  if (values.size === 0) next.delete(field);
  else next.set(field, values);
  return next;
}

function matching(rows: readonly SalesRow[], selected: Selected): readonly SalesRow[] {
  const filters = [...selected];
  return filters.length === 0
    ? rows
    : rows.filter((row) => filters.every(([field, values]) => values.has(row[field])));
}

function sameSelection(left: Selected, right: Selected): boolean {
  return (
    left.size === right.size && [...left].every(([field, values]) => sameValues(values, right.get(field)))
  );
}

function sameValues(left: ReadonlySet<string>, right: ReadonlySet<string> | undefined): boolean {
  return right !== undefined && left.size === right.size && [...left].every((value) => right.has(value));
}
