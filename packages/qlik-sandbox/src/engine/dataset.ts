import { seededRandom, seedOf } from './seeded-random.ts';

/** The fields a person can group and select by, in the order the data model lists them. */
export const DIMENSION_FIELDS = ['Region', 'Country', 'Month', 'Product'] as const;
export const MEASURE_FIELDS = ['Sales', 'Margin', 'Units'] as const;
export type DimensionField = (typeof DIMENSION_FIELDS)[number];
export type MeasureField = (typeof MEASURE_FIELDS)[number];

/** One line of the fact table: what was sold of a product, in a country, in a month. Money is in whole euros. */
export type SalesRow = Readonly<Record<DimensionField, string> & Record<MeasureField, number>>;

/** Region names are also the group names of section access. */
export const REGIONS: Readonly<Record<string, readonly string[]>> = {
  Europe: ['France', 'Germany', 'Spain', 'Sweden', 'United Kingdom'],
  Americas: ['Brazil', 'Canada', 'Mexico', 'United States'],
  'Asia Pacific': ['Australia', 'Japan', 'Singapore'],
};

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const RANGES = [
  ['Bicycles', 'Helmets', 'Lights', 'Saddles', 'Tyres'],
  ['Chairs', 'Desks', 'Lamps', 'Shelves', 'Tables'],
  ['Amps', 'Cables', 'Headsets', 'Mixers', 'Speakers'],
  ['Grinders', 'Kettles', 'Mugs', 'Roasters', 'Scales'],
] as const;

/** The order in which a field's values sort when nothing else is asked: the calendar's for months, else by name. */
export function fieldValues(rows: readonly SalesRow[], field: DimensionField): string[] {
  const values = [...new Set(rows.map((row) => row[field]))];
  return field === 'Month'
    ? values.toSorted((a, b) => MONTHS.indexOf(a) - MONTHS.indexOf(b))
    : values.toSorted((a, b) => a.localeCompare(b, 'en'));
}

/** A year of sales for one tenant: the same on every start, and different from every other tenant's. */
export function salesOf(tenantName: string): SalesRow[] {
  const random = seededRandom(`sales of ${tenantName}`);
  const between = (low: number, high: number) => low + random() * (high - low);
  const products = (RANGES[seedOf(`range of ${tenantName}`) % RANGES.length] ?? RANGES[0]).map((name) => {
    return {
      name,
      price: Math.round(between(40, 400)),
      marginRate: between(0.15, 0.4),
      demand: between(0.4, 1.6),
    };
  });
  const peakMonth = between(3, 9);
  const rows: SalesRow[] = [];
  for (const [Region, countries] of Object.entries(REGIONS)) {
    for (const Country of countries) {
      const market = between(0.4, 1.8);
      for (const { name, price, marginRate, demand } of products) {
        for (const [index, Month] of MONTHS.entries()) {
          const season = Math.cos(((index - peakMonth) / 12) * 2 * Math.PI);
          const Units = Math.round(220 * market * demand * (1 + 0.3 * season) * between(0.7, 1.3));
          const Sales = Units * price;
          // What sells well is discounted less.
          const rate = marginRate * (1 + 0.25 * season) * between(0.85, 1.15);
          rows.push({
            Region,
            Country,
            Month,
            Product: name,
            Sales,
            Margin: Math.round(Sales * rate),
            Units,
          });
        }
      }
    }
  }
  return rows;
}
