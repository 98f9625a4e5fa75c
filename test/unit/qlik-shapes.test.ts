import type {
  OAuthClientAdminListItem,
  OAuthClientAdminReadResponse,
  OAuthClientCreateRequest,
  OAuthClientCreateResponse,
  OAuthClientSecretResponse,
  OAuthClientUpdate,
  JWK,
} from '@qlik/api/oauth-clients';
import type { OauthTokenPage } from '@qlik/api/oauth-tokens';
import type { User, UserPostSchema, AssignedGroupsRefNames } from '@qlik/api/users';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { z } from 'zod';
import type {
  OAuthClientChanges,
  OAuthClientSettings,
  PublicJwk,
} from '../../src/domain/model/oauth-client.ts';
import type { NewQlikUser, QlikGroupRef } from '../../src/domain/ports/qlik/qlik-users.ts';
import type {
  clientSchema,
  createdClientSchema,
  createdSecretSchema,
} from '../../src/qlik/oauth-client-schema.ts';
import type { tokenSchema } from '../../src/qlik/oauth-tokens.ts';
import type { pageSchema } from '../../src/qlik/page.ts';
import { filterString, type userSchema } from '../../src/qlik/users.ts';

/** Lets a readonly view stand for the mutable type that @qlik/api declares. */
type Mutable<Value> = Value extends readonly (infer Item)[]
  ? Mutable<Item>[]
  : Value extends object
    ? { -readonly [Key in keyof Value]: Mutable<Value[Key]> }
    : Value;
/** @qlik/api writes optional fields without `| undefined`; zod reads them with it. */
type Loose<Value> = { [Key in keyof Value]?: Value[Key] | undefined };

// Checked by the compiler: what is read is no more than Qlik publishes, and what is sent no less.
type ReadClient = Loose<z.input<typeof clientSchema>>;
expectTypeOf<OAuthClientAdminReadResponse>().toExtend<ReadClient>();
expectTypeOf<OAuthClientAdminListItem>().toExtend<ReadClient>();
expectTypeOf<OAuthClientCreateResponse>().toExtend<z.input<typeof createdClientSchema>>();
expectTypeOf<OAuthClientSecretResponse>().toExtend<z.input<typeof createdSecretSchema>>();

type SentClient = Mutable<Omit<OAuthClientSettings, 'allowedGrantTypes'>> & { appType: 'web' };
expectTypeOf<SentClient>().toExtend<Omit<OAuthClientCreateRequest, 'allowedGrantTypes'>>();
expectTypeOf<`/${keyof OAuthClientChanges}`>().toExtend<OAuthClientUpdate['path']>();
expectTypeOf<Mutable<PublicJwk>>().toExtend<JWK>();

expectTypeOf<OauthTokenPage>().toExtend<Loose<z.input<ReturnType<typeof pageSchema<typeof tokenSchema>>>>>();

expectTypeOf<User>().toExtend<Loose<z.input<typeof userSchema>>>();
expectTypeOf<Mutable<NewQlikUser>>().toExtend<UserPostSchema>();
expectTypeOf<Mutable<QlikGroupRef>[]>().toExtend<AssignedGroupsRefNames>();

describe('a value in a filter', () => {
  it.each(['plain', 'a"b', 'a\\', 'x" or email co "', 'line\nbreak', 'ünï@acme.example'])(
    '%j stays one value',
    (value) => {
      const written = filterString(value);
      expect(JSON.parse(written)).toBe(value);
      expect(written).toMatch(/^"(?:[^"\\]|\\.)*"$/s);
    },
  );
});
