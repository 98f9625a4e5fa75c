import { randomUUID } from 'node:crypto';
import { startRegion } from 'qlik-sandbox/region.ts';
import { IMPERSONATION_GRANT } from 'qlik-sandbox/state/clients.ts';

/** What `main.ts` gives, in JSON. */
export interface TenantOptions {
  readonly users: number;
  /** How long it takes for a token, in ms. */
  readonly answersInMs: number;
}

/** What it says once. */
export interface TenantReady {
  readonly host: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly users: readonly string[];
}

/** A tenant with people in it; tells, when asked, how many tokens it was asked for since. */
async function main(): Promise<void> {
  const { users, answersInMs } = JSON.parse(process.argv[2] ?? '{}') as TenantOptions;
  const unlimited = { tier2PerMinute: 10_000_000, maxLiveTokensPerUser: 10_000_000 };
  const region = await startRegion({ tenants: [{ name: 'bench', port: 0, settings: unlimited }] });
  const { host, state } = region.tenant('bench');
  const client = state.clients.add({
    ownerId: state.admin.id,
    consentMethod: 'trusted',
    appType: 'web',
    clientName: 'bench',
    description: '',
    clientUri: '',
    logoUri: '',
    redirectUris: [],
    allowedOrigins: [],
    allowedScopes: ['user_default'],
    allowedGrantTypes: [IMPERSONATION_GRANT],
    allowedAuthMethods: ['client_secret'],
    publicKeys: [],
  });
  const clientSecret = state.clients.addSecret(client, state.admin.id)?.secret ?? '';
  const ids = Array.from({ length: users }, () => state.users.add({ subject: randomUUID() })?.id ?? '');
  state.faults.add({ kind: 'delay', ms: answersInMs, match: { grant: IMPERSONATION_GRANT } });

  process.on('message', () => {
    process.send?.({ exchanges: state.journal.count({ grant: IMPERSONATION_GRANT }) });
    state.journal.clear();
  });
  const ready: TenantReady = { host, clientId: client.clientId, clientSecret, users: ids };
  process.send?.(ready);
}

await main();
