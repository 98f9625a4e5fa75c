import { describe } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import { createMemoryTokenStore } from '../../src/storage/memory/token-store.ts';
import { describeRedis } from '../support/redis.ts';
import { useReplicas } from '../support/shared-tokens.ts';
import { tokenStoreContract } from './token-store.ts';

describe('the memory token store', () => {
  tokenStoreContract(() => createMemoryTokenStore({ clock: systemClock }));
});

describeRedis('the token store shared through Redis', (server) => {
  const replicas = useReplicas(server);
  tokenStoreContract(() => replicas.one().store);
});
