import { customers, type Person } from '../demo/people.ts';

type Customer = (typeof customers)[number];

const ANALYSTS = 10;
/** Of the customer whose people are at work in the drills: enough for new ones to come through all of them. */
const ANALYSTS_AT_WORK = 40;

/** The demo's customers, with so many people that many of them can have no token yet. */
export const clusterCustomers: readonly Customer[] = customers.map(({ id, name, people }, index) => ({
  id,
  name,
  people: [...people, ...analystsOf(id, index === customers.length - 1 ? ANALYSTS_AT_WORK : ANALYSTS)],
}));

function analystsOf(customer: string, count: number): Person[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `Analyst ${index + 1}`,
    email: `analyst-${index + 1}@${customer}.example`,
    group: null,
  }));
}
