import { customers, type Person } from '../demo/people.ts';

type Customer = (typeof customers)[number];

const ANALYSTS = 10;

/** The demo's customers, with so many people that many of them can have no token yet. */
export const clusterCustomers: readonly Customer[] = customers.map(({ id, name, people }) => ({
  id,
  name,
  people: [...people, ...analystsOf(id)],
}));

function analystsOf(customer: string): Person[] {
  return Array.from({ length: ANALYSTS }, (_, index) => ({
    name: `Analyst ${index + 1}`,
    email: `analyst-${index + 1}@${customer}.example`,
    group: null,
  }));
}
