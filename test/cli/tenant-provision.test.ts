import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openWorkshop, type Workshop } from './support/portal-command.ts';

const MARK = 'impersonation client of acme';

let shop: Workshop;
let userId: string;

beforeEach(async () => {
  shop = await openWorkshop();
  userId = shop.acme.state.users.add({ subject: 'idp|analyst', name: 'Analyst', assignedRoles: [] })!.id;
});
afterEach(() => shop[Symbol.asyncDispose]());

const ours = () => shop.acme.state.clients.all().filter(({ description }) => description.includes(MARK));
const provision = async (...more: string[]) => [
  ...['tenant', 'provision', 'ACME', '--host', shop.acme.host, '--user', userId],
  ...(await shop.admin()),
  ...more,
];

describe('portal tenant provision', () => {
  it('makes the calls of the document, in its words, and proves the result', async () => {
    const result = await shop.run(await provision('--json'));
    expect(result).toMatchObject({ code: 0, stderr: '' });
    const [client] = ours();
    expect(JSON.parse(result.stdout)).toMatchObject({
      tenant: { id: 'acme', host: shop.acme.host },
      clientId: client?.clientId,
      how: 'created',
      provedAs: userId,
      warnings: [],
    });
    expect(client).toMatchObject({
      appType: 'web',
      clientName: 'my-embedded-portal',
      allowedScopes: ['user_default'],
      allowedGrantTypes: ['client_credentials', 'urn:qlik:oauth:user-impersonation'],
      redirectUris: ['http://localhost:3000/callback'],
      allowedOrigins: ['http://localhost:3000'],
      consentMethod: 'trusted',
    });
  });
});
