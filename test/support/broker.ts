import { randomUUID } from 'node:crypto';
import { Secret } from '../../src/domain/model/secret.ts';
import type { AccessToken, TokenRequest } from '../../src/domain/model/token.ts';
import type { TokenBroker } from '../../src/portal/tokens/token-broker.ts';

/** A broker whose every answer a test can choose; the tokens it makes say whose they are. */
export interface FakeBroker extends TokenBroker {
  /** What the broker was asked for, in order. */
  readonly requests: TokenRequest[];
  /** Every token value it gave away. */
  readonly values: string[];
  /** Set to make the next calls fail. */
  failure: Error | undefined;
  /** Set to hold the next calls back. */
  gate: Promise<void> | undefined;
  /** Called when a request has come, before the gate. */
  onRequest: () => void;
}

const LIFE_MS = 21_600_000;

const keyOf = (request: TokenRequest) => JSON.stringify([request.host, request.user]);

export function createFakeBroker(): FakeBroker {
  const current = new Map<string, AccessToken>();

  function make(request: TokenRequest): AccessToken {
    const value = `token-of-${request.user.value}-at-${request.tenantId}-${randomUUID()}`;
    fake.values.push(value);
    const now = Date.now();
    const token: AccessToken = {
      tokenId: randomUUID(),
      value: new Secret(value),
      scope: request.scopes.join(' '),
      issuedAt: now,
      expiresAt: now + LIFE_MS,
    };
    current.set(keyOf(request), token);
    return token;
  }

  const fake: FakeBroker = {
    requests: [],
    values: [],
    failure: undefined,
    gate: undefined,
    onRequest: () => {},
    async get(request) {
      fake.requests.push(request);
      fake.onRequest();
      await fake.gate;
      if (fake.failure) throw fake.failure;
      return current.get(keyOf(request)) ?? make(request);
    },
    async reject(request, tokenId) {
      if (fake.failure) throw fake.failure;
      const token = current.get(keyOf(request));
      return token && token.tokenId !== tokenId ? token : make(request);
    },
    async forget(request) {
      const token = current.get(keyOf(request));
      current.delete(keyOf(request));
      return token;
    },
  };
  return fake;
}
