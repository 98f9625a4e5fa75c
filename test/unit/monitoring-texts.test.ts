import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ERROR_CODES } from '../../src/domain/error-codes.ts';
import { createMetrics } from '../../src/metrics/create-metrics.ts';

const statuses = new Map(Object.entries(ERROR_CODES).map(([code, { status }]) => [code, status as number]));

/** Each `503 some_code` of a text, and with it the status that the portal answers this code with. */
function namedCodes(text: string) {
  return [...text.matchAll(/\b([45]\d\d) `?([a-z]+(?:_[a-z]+)+)/g)].map(([, status, code]) => ({
    code,
    named: Number(status),
    answered: statuses.get(code!),
  }));
}

test.each([
  ['help texts of metrics', async () => (await createMetrics().read()).text],
  ['the dashboard', async () => readFileSync('docs/operations/grafana-dashboard.json', 'utf8')],
  ['the runbook', async () => readFileSync('docs/operations/runbook.md', 'utf8')],
])('%s name error codes with the status the portal answers', async (_, read) => {
  const codes = namedCodes(await read());
  expect(codes.length).toBeGreaterThan(0);
  expect(codes.filter(({ named, answered }) => named !== answered)).toEqual([]);
});

test.each([
  ['help texts of metrics', async () => (await createMetrics().read()).text],
  ['the dashboard', async () => readFileSync('docs/operations/grafana-dashboard.json', 'utf8')],
  ['the alert rules', async () => readFileSync('docs/operations/alerts.yml', 'utf8')],
])('%s never say 429, which the portal does not answer for the limit of a tenant', async (_, read) => {
  expect(await read()).not.toMatch(/\b429\b/);
});
