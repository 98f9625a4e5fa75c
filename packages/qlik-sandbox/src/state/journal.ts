/** One answered (or cut) request. Never a secret, a token, a query or a body. */
export interface JournalEntry {
  readonly sequence: number;
  /** ms since 1970, true clock. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  /** The HTTP status; 0 while unanswered and when the connection was cut. */
  status: number;
  grant?: string;
  clientId?: string;
  userId?: string;
  /** The kinds of the faults that touched it. */
  faults?: readonly string[];
}

const QUERIED = ['method', 'path', 'status', 'grant', 'clientId', 'userId'] as const;

export type JournalQuery = Partial<Pick<JournalEntry, (typeof QUERIED)[number]>>;

const KEPT = 20_000;

/** What the tenant was asked, newest last, so that tests can count exchanges. */
export class Journal {
  #entries: JournalEntry[] = [];
  #sequence = 0;

  begin(known: Pick<JournalEntry, 'at' | 'method' | 'path'>): JournalEntry {
    const entry = { sequence: ++this.#sequence, status: 0, ...known };
    this.#entries.push(entry);
    if (this.#entries.length > 2 * KEPT) this.#entries = this.#entries.slice(-KEPT);
    return entry;
  }

  list(query: JournalQuery = {}): JournalEntry[] {
    return this.#entries.filter((entry) =>
      QUERIED.every((key) => query[key] === undefined || entry[key] === query[key]),
    );
  }

  count(query: JournalQuery = {}): number {
    return this.list(query).length;
  }

  clear(): void {
    this.#entries = [];
  }
}
