import type { Adapter, AdapterPayload } from 'oidc-provider';

interface Kept {
  readonly payload: AdapterPayload;
  readonly until: number;
}

/** Where the demo provider keeps sessions, grants and codes of one kind: in memory, until they expire. */
export function keptInMemory(): (kind: string) => Adapter {
  const everything = new Map<string, Kept>();
  return (kind) => {
    const keyOf = (id: string) => `${kind}:${id}`;
    const alive = () =>
      [...everything].filter(([key, { until }]) => key.startsWith(`${kind}:`) && until > Date.now());
    const where = (matches: (payload: AdapterPayload) => boolean) =>
      alive().find(([, { payload }]) => matches(payload))?.[1].payload;
    return {
      async upsert(id, payload, expiresInS) {
        everything.set(keyOf(id), { payload, until: expiresInS ? Date.now() + expiresInS * 1000 : Infinity });
      },
      async find(id) {
        const kept = everything.get(keyOf(id));
        return kept && kept.until > Date.now() ? kept.payload : undefined;
      },
      findByUid: async (uid) => where((payload) => payload.uid === uid),
      findByUserCode: async (userCode) => where((payload) => payload.userCode === userCode),
      async consume(id) {
        const kept = everything.get(keyOf(id));
        if (kept) kept.payload.consumed = Math.floor(Date.now() / 1000);
      },
      async destroy(id) {
        everything.delete(keyOf(id));
      },
      async revokeByGrantId(grantId) {
        for (const [key, { payload }] of alive()) {
          if (payload.grantId === grantId) everything.delete(key);
        }
      },
    };
  };
}
