import { randomBytes, randomUUID } from 'node:crypto';
import { systemClock } from '../src/runtime/clock.ts';
import { exchangeLimit } from '../src/domain/rules/exchange-limit.ts';
import { isTenantId, newAccountId } from '../src/domain/model/ids.ts';
import type { TenantMember } from '../src/domain/model/tenant-member.ts';
import { Secret } from '../src/domain/model/secret.ts';
import { systemTimer } from '../src/runtime/timer.ts';
import { createTokenBroker } from '../src/portal/tokens/token-broker.ts';
import { createTokenIssuer } from '../src/portal/tokens/issue-token.ts';
import { createMemoryExchangeBudget } from '../src/storage/memory/exchange-budget.ts';
import { createMemoryTokenStore } from '../src/storage/memory/token-store.ts';

const USERS = 20_000;
const HITS = 200_000;
/** About what Qlik's tokens have. */
const TOKEN_BYTES = 1_200;
const LIFE_MS = 6 * 3_600_000;

/** What the broker costs by itself, without Express, sessions and network. */
export interface Inside {
  /** CPU of a warm hit, in µs. */
  readonly hitUs: number;
  /** Of memory for each cached user, beyond the token itself. */
  readonly bytesPerUser: number;
}

function nothing(): void {}

async function main(): Promise<void> {
  const clock = systemClock;
  const broker = createTokenBroker({
    oauth: {
      async impersonate() {
        const issuedAt = clock.now();
        const value = new Secret(randomBytes(TOKEN_BYTES / 2).toString('hex'));
        return {
          tokenId: randomUUID(),
          value,
          scope: 'user_default',
          issuedAt,
          expiresAt: issuedAt + LIFE_MS,
        };
      },
    },
    store: createMemoryTokenStore({ clock }),
    budget: createMemoryExchangeBudget(clock, exchangeLimit(1_000_000)),
    clock,
    timer: systemTimer,
    random: Math.random,
    log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
    observe: nothing,
  });
  const issuer = createTokenIssuer({ broker, clock });
  const subjects = Array.from({ length: USERS }, subject);

  await issuer.issue(subject());
  const before = heap();
  for (const one of subjects) await issuer.issue(one);
  const bytesPerUser = (heap() - before) / USERS - TOKEN_BYTES;

  const hits = async (count: number) => {
    for (let hit = 0; hit < count; hit += 1) await issuer.issue(subjects[hit % 200] ?? subject());
  };
  await hits(HITS / 10);
  const start = process.cpuUsage();
  await hits(HITS);
  const { user, system } = process.cpuUsage(start);
  const inside: Inside = { hitUs: (user + system) / HITS, bytesPerUser };
  process.send?.(inside);
  process.disconnect?.();
}

function heap(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

function subject(): TenantMember {
  const id = 'bench';
  if (!isTenantId(id)) throw new Error('no tenant id');
  return {
    account: {
      id: newAccountId(),
      email: 'analyst@bench.example',
      name: 'Analyst',
      tenantId: id,
      qlikUser: { field: 'userId', value: randomBytes(12).toString('hex') },
      groups: [],
      status: 'active',
    },
    tenant: {
      id,
      name: 'Bench',
      host: 'https://bench.eu.qlikcloud.com',
      status: 'active',
      impersonation: {
        clientId: 'client',
        authentication: { method: 'client_secret', secret: new Secret('secret') },
      },
      management: null,
      scopes: ['user_default'],
      embed: null,
      createQlikUsers: false,
    },
  };
}

await main();
