import { z } from 'zod';
import { type Operation, STORAGE_PROBLEMS } from './operation.ts';

const item = z.strictObject({ id: z.string(), title: z.string() }).meta({ id: 'EmbedItem' });

export const embed = z
  .strictObject({
    user: z.strictObject({ id: z.uuid(), name: z.string(), email: z.string() }),
    tenant: z.strictObject({
      id: z.string(),
      name: z.string(),
      host: z.url().meta({ description: 'The origin of the tenant, for `data-host`.' }),
      clientId: z
        .string()
        .nullable()
        .meta({ description: 'For `data-client-id`; null until the tenant is provisioned.' }),
    }),
    content: z
      .strictObject({
        appId: z.string(),
        sheets: z.array(item).readonly(),
        objects: z.array(item).readonly().meta({ description: 'Single charts.' }),
      })
      .nullable()
      .meta({ description: 'Null until ops have named an app.' }),
  })
  .meta({ id: 'Embed', description: 'Who is signed in, and what the embed page has to show them.' });

export type Embed = z.infer<typeof embed>;

export const embedOperations: readonly Operation[] = [
  {
    method: 'get',
    path: '/api/embed',
    id: 'getEmbed',
    tag: 'Qlik',
    summary: 'Who is signed in, and what there is to show them',
    session: 'required',
    answers: { 200: { description: 'Person, tenant and content', content: { 'application/json': embed } } },
    problems: [
      'session_required',
      'cross_site_request',
      'tenant_disabled',
      'encryption_key_missing',
      'stored_secret_unreadable',
      ...STORAGE_PROBLEMS,
    ],
  },
];
