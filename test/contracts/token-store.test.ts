import { describe } from 'vitest';
import { systemClock } from '../../src/domain/clock.ts';
import { createMemoryTokenStore } from '../../src/storage/memory/token-store.ts';
import { describeWithRedis } from '../support/redis.ts';
import { useRedis } from '../support/shared-tokens.ts';
import { tokenStoreContract } from './token-store.ts';

describe('the memory token store', () => {
  tokenStoreContract(() => createMemoryTokenStore({ clock: systemClock }));
});

describeWithRedis('the token store shared through Redis', () => {
  const redis = useRedis();
  tokenStoreContract(() => redis.replica().store);
});
