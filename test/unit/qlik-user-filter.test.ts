import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileFilter } from 'qlik-sandbox/filter-match.ts';
import { parseFilter } from 'qlik-sandbox/filter.ts';
import { Secret } from '../../src/domain/model/secret.ts';
import { normaliseEmail } from '../../src/domain/model/account.ts';
import type { QlikHttp, QlikRequest } from '../../src/qlik/http.ts';
import { createQlikUsers } from '../../src/qlik/users.ts';
import { anyCharacter } from '../support/any-character.ts';

const access = { host: 'https://acme.eu.qlikcloud.com', token: new Secret('token') };

const noHeader = () => undefined;

/** The filter as it goes over the wire. */
async function filterOf(
  ask: (users: ReturnType<typeof createQlikUsers>) => Promise<unknown>,
): Promise<string> {
  const sent: QlikRequest[] = [];
  const http: QlikHttp = {
    async send(request) {
      sent.push(request);
      return {
        endpoint: '',
        status: 200,
        json: { data: [] },
        sentAt: 0,
        clockSkewMs: undefined,
        header: noHeader,
      };
    },
    close: async () => undefined,
  };
  await ask(createQlikUsers(http));
  return String(sent[0]?.query?.['filter']);
}

/** Text as attackers write it: pieces of the grammar between anything else. */
const crafted = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '"',
        '\\',
        '\\"',
        '" or id pr or "',
        '" or "" eq "',
        ' and ',
        '(',
        ')',
        '\u0000',
        '\n',
        '%22',
        '*',
      ),
      fc.string({ unit: anyCharacter }),
      fc.string({ unit: 'grapheme' }),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''));

describe('a filter for Qlik users', () => {
  test.each(['id', 'subject', 'email'] as const)(
    'by %s: one comparison, with that very text',
    async (field) => {
      await fc.assert(
        fc.asyncProperty(crafted, async (value) => {
          const filter = await filterOf((users) => users.find(access, { field, value }));
          expect(parseFilter(filter)).toEqual({ op: 'compare', attribute: field, operator: 'eq', value });
        }),
        { numRuns: 500 },
      );
    },
  );

  test('by subject prefix is one comparison with the escaped text', async () => {
    await fc.assert(
      fc.asyncProperty(crafted, async (subjectContains) => {
        const filter = await filterOf((users) => users.page(access, { subjectContains }));
        const comparison = { op: 'compare', attribute: 'subject', operator: 'co', value: subjectContains };
        expect(parseFilter(filter)).toEqual(comparison);
      }),
      { numRuns: 500 },
    );
  });

  test('by an e-mail that the portal accepts finds its owner and no other user', async () => {
    const local = crafted.map((text) => `${text}x@acme.example`);
    await fc.assert(
      fc.asyncProperty(local, fc.array(fc.emailAddress()), async (typed, others) => {
        const email = normaliseEmail(typed);
        fc.pre(email !== undefined && !others.some((other) => other.toLowerCase() === email.toLowerCase()));
        const filter = await filterOf((users) => users.find(access, { field: 'email', value: email }));
        const matches = compileFilter<string>(filter, {
          email: { operators: ['eq'], read: (each) => each },
        });
        expect([...others, email].filter(matches)).toEqual([email]);
      }),
      { numRuns: 500 },
    );
  });
});
