import { randomUUID } from 'node:crypto';
import { PortalError } from '../../src/domain/errors.ts';
import { exchangeLimit, type ExchangeLimit } from '../../src/domain/rules/exchange-limit.ts';
import { Secret } from '../../src/domain/model/secret.ts';
import type { TokenEvent } from '../../src/runtime/token-events.ts';
import type { TokenStore } from '../../src/domain/ports/token-store.ts';
import type { AccessToken, TokenRequest } from '../../src/domain/model/token.ts';
import {
  createTokenBroker,
  type TokenBroker,
  type TokenBrokerOptions,
} from '../../src/portal/tokens/token-broker.ts';
import { createMemoryExchangeBudget } from '../../src/storage/memory/exchange-budget.ts';
import { createMemoryTokenStore } from '../../src/storage/memory/token-store.ts';
import { type Logged, recordingLog } from './recording-log.ts';
import { VirtualTime } from './virtual-time.ts';

export const HOUR = 3_600_000;
export const MINUTE = 60_000;
/** What Qlik gives unless told otherwise. */
export const LIFE = 6 * HOUR;

/** What a tenant answers with; throws for a refusal. */
export type Answer = (request: TokenRequest) => Promise<Pick<AccessToken, 'expiresAt'>>;

export interface BrokerFixture {
  readonly time: VirtualTime;
  readonly broker: TokenBroker;
  readonly events: TokenEvent[];
  readonly logged: Logged[];
  /** The requests that reached the tenant, oldest first. */
  readonly exchanges: TokenRequest[];
  readonly store: TokenStore;
  /** Another process on the same store and budget. */
  replica(): TokenBroker;
  /** What tenants answer from now on. */
  answer: Answer;
}

interface BrokerFixtureOptions {
  readonly options?: Partial<TokenBrokerOptions>;
  readonly limit?: ExchangeLimit;
  readonly random?: () => number;
  /** Keeps no events, for a test that causes very many. */
  readonly quiet?: boolean;
}

/** A broker on a clock of its own, and the tenants it asks. */
export function brokerFixture({
  options = {},
  limit = exchangeLimit(),
  random = () => 0.5,
  quiet = false,
}: BrokerFixtureOptions = {}): BrokerFixture {
  const time = new VirtualTime();
  const events: TokenEvent[] = [];
  const { log, logged } = recordingLog();
  const exchanges: TokenRequest[] = [];
  const store = createMemoryTokenStore({ clock: time });
  const budget = createMemoryExchangeBudget(time, limit);
  const oauth = {
    async impersonate(request: TokenRequest): Promise<AccessToken> {
      exchanges.push(request);
      const issuedAt = time.now();
      const { expiresAt } = await fixture.answer(request);
      return {
        tokenId: randomUUID(),
        value: new Secret(randomUUID()),
        scope: 'user_default',
        issuedAt,
        expiresAt,
      };
    },
  };
  const replica = () =>
    createTokenBroker({
      oauth,
      store,
      budget,
      clock: time,
      timer: time,
      random,
      log,
      observe: (event) => void (quiet || events.push(event)),
      options,
    });
  const fixture: BrokerFixture = {
    time,
    events,
    logged,
    exchanges,
    store,
    replica,
    broker: replica(),
    answer: answerAfter(time, 40),
  };
  return fixture;
}

/** A token of `lifeMs` after `ms`. */
export function answerAfter(time: VirtualTime, ms: number, lifeMs = LIFE): Answer {
  return async () => {
    const expiresAt = time.now() + lifeMs;
    await time.sleep(ms);
    return { expiresAt };
  };
}

export function refuseWith(...error: ConstructorParameters<typeof PortalError>): Answer {
  return async () => {
    throw new PortalError(...error);
  };
}

/** A request as `issueToken` builds it. */
export function tokenRequest(change: Partial<TokenRequest> = {}): TokenRequest {
  return {
    tenantId: 'acme',
    host: 'https://acme.eu.qlikcloud.com',
    client: {
      clientId: 'client-of-acme',
      authentication: { method: 'client_secret', secret: new Secret('s') },
    },
    user: { field: 'userId', value: '6422bad8022070c06d2417bc' },
    scopes: ['user_default'],
    ...change,
  };
}

export function requestOf(user: string, tenant = 'acme'): TokenRequest {
  return tokenRequest({
    tenantId: tenant,
    host: `https://${tenant}.eu.qlikcloud.com`,
    user: { field: 'userId', value: user },
  });
}
