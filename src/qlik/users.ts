import { z } from 'zod';
import { isQlikUserId } from '../domain/model/ids.ts';
import type { QlikUser, QlikUsers } from '../domain/ports/qlik/qlik-users.ts';
import { expectStatus, readAnswer } from './answer.ts';
import { sendWithToken, type QlikHttp } from './http.ts';
import { readPage } from './page.ts';

const PATH = '/api/v1/users';

/**
 * The users API; see {@link QlikUsers} for the errors.
 * @see https://qlik.dev/apis/rest/users/
 */
export function createQlikUsers(http: QlikHttp): QlikUsers {
  const send = sendWithToken(http);
  return {
    async me(access) {
      const response = await send(access, { method: 'GET', path: `${PATH}/me` });
      return toUser(readAnswer(response, { status: 200, schema: userSchema }));
    },

    async find(access, { field, value }) {
      const query = { filter: `${field} eq ${filterString(value)}`, limit: 100 };
      const response = await send(access, { method: 'GET', path: PATH, query });
      const { data } = readAnswer(response, { status: 200, schema: z.object({ data: z.array(userSchema) }) });
      return data.map(toUser);
    },

    async page(access, { subjectContains, next }) {
      const filter =
        subjectContains === undefined ? undefined : `subject co ${filterString(subjectContains)}`;
      const response = await send(access, { method: 'GET', path: PATH, query: { filter, next, limit: 100 } });
      const page = readPage(response, userSchema);
      return { ...page, items: page.items.map(toUser) };
    },

    async create(access, user) {
      const response = await send(access, { method: 'POST', path: PATH, body: user });
      return toUser(readAnswer(response, { status: 201, schema: userSchema }));
    },

    async update(access, id, { name, status, groups }) {
      const changes = { '/name': name, '/status': status, '/assignedGroups': groups };
      const body = Object.entries(changes)
        .filter(([, value]) => value !== undefined)
        .map(([path, value]) => ({ op: 'replace', path, value }));
      const response = await send(access, { method: 'PATCH', path: `${PATH}/{id}`, ids: { id }, body });
      expectStatus(response, 204);
    },
  };
}

/**
 * A string of a filter (RFC 7644 section 3.4.2.2: the grammar of JSON). Escaped, so that a quote in an e-mail address
 * cannot end the string and inject a filter.
 */
export function filterString(value: string): string {
  return JSON.stringify(value);
}

export const userSchema = z.object({
  id: z.string().refine(isQlikUserId),
  subject: z.string().min(1),
  name: z.string().default(''),
  email: z.string().optional(),
  status: z.enum(['active', 'invited', 'disabled', 'deleted', 'provisioned']).optional(),
  assignedGroups: z
    .array(z.object({ name: z.string(), providerType: z.enum(['idp', 'custom']).default('idp') }))
    .default([]),
});

function toUser({ assignedGroups, email, status, ...user }: z.output<typeof userSchema>): QlikUser {
  return { ...user, email, status, groups: assignedGroups };
}
