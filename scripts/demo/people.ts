/** Who can sign in to the demo. `group` decides which rows of the app their Qlik user sees; null: all of them. */
export interface Person {
  readonly name: string;
  readonly email: string;
  readonly group: string | null;
}

export interface Customer {
  readonly id: string;
  readonly name: string;
  readonly people: readonly Person[];
}

/** The demo's customers, with their people: roles, not persons. */
export const customers: readonly Customer[] = [
  {
    id: 'acme',
    name: 'Acme',
    people: [
      { name: 'Europe analyst', email: 'europe@acme.example', group: 'Europe' },
      { name: 'Americas analyst', email: 'americas@acme.example', group: 'Americas' },
    ],
  },
  {
    id: 'globex',
    name: 'Globex',
    people: [
      { name: 'Asia Pacific analyst', email: 'asia-pacific@globex.example', group: 'Asia Pacific' },
      { name: 'Sales director', email: 'sales@globex.example', group: null },
    ],
  },
];
