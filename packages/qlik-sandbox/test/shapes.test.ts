import type { GroupPostSchema } from '@qlik/api/groups';
import type { OAuthClientCreateRequest, OAuthClientCreateResponse } from '@qlik/api/oauth-clients';
import type { User, UserPostSchema } from '@qlik/api/users';
import { expect, expectTypeOf, test } from 'vitest';
import type { z } from 'zod';
import type { groupCreation } from '../src/api/groups.ts';
import type { clientCreation } from '../src/api/oauth-clients.ts';
import type { userCreation } from '../src/api/users.ts';
import type { SandboxUser } from '../src/tenant-state.ts';
import { qlikApiAsAdmin, testTenant } from './support.ts';

test('every request Qlik’s types allow is a request the sandbox reads', async () => {
  expectTypeOf<UserPostSchema>().toExtend<z.input<typeof userCreation>>();
  expectTypeOf<GroupPostSchema>().toExtend<z.input<typeof groupCreation>>();
  // Keys are typed loosely by Qlik (`n?: string`), so only the rest of a client is compared.
  expectTypeOf<Omit<OAuthClientCreateRequest, 'publicKeys'>>().toExtend<
    Omit<z.input<typeof clientCreation>, 'publicKeys'>
  >();
  expectTypeOf<SandboxUser>().toExtend<Omit<User, 'links'>>();

  const all: Required<Omit<OAuthClientCreateRequest, 'jwksUri'>> = {
    appType: 'web',
    clientName: 'Everything',
    description: 'all fields',
    clientUri: 'https://portal.example',
    logoUri: 'https://portal.example/logo.svg',
    redirectUris: ['https://portal.example/callback'],
    allowedOrigins: ['https://portal.example'],
    allowedScopes: ['user_default', 'identity.email:read'],
    allowedGrantTypes: ['client_credentials', 'urn:qlik:oauth:user-impersonation'],
    allowedAuthMethods: ['client_secret'],
    publicKeys: [],
    connectionConfig: { consentMethod: 'trusted' },
  };
  const { data } = await qlikApiAsAdmin(await testTenant()).oauthClients.createOAuthClient(all);
  expect(data).toMatchObject(all);
  expectTypeOf(data).toEqualTypeOf<OAuthClientCreateResponse>();
});
