import { z } from 'zod';
import { BODY_PROBLEMS, type Operation, STORAGE_PROBLEMS } from './operation.ts';

export const tokenRejection = z
  .strictObject({
    rejected: z.uuid().meta({ description: 'The `token_id` of the token that Qlik refused.' }),
  })
  .meta({ id: 'TokenRejection' });

export const qlikToken = z
  .strictObject({
    access_token: z.string().min(1),
    token_type: z.literal('Bearer'),
    expires_in: z
      .int()
      .min(0)
      .meta({ description: 'Seconds from now. Go by this: the clock of a browser may be wrong.' }),
    expires_at: z.iso.datetime(),
    scope: z.string().meta({ description: 'Separated by spaces.' }),
    token_id: z.uuid().meta({ description: 'Names the token without giving it away.' }),
    host: z.url().meta({ description: 'The origin of the tenant that the token is for.' }),
    client_id: z.string().min(1).meta({ description: 'Of the OAuth client, for `data-client-id`; public.' }),
    sub: z.uuid().meta({ description: 'The portal account whose session it was.' }),
  })
  .meta({ id: 'QlikToken', description: 'After RFC 6749 section 5.1, and what a page needs to use it.' });

export type QlikToken = z.infer<typeof qlikToken>;

/** Why there is no token although there is a session. */
const NO_TOKEN = [
  'session_required',
  'cross_site_request',
  'tenant_disabled',
  'qlik_user_disabled',
  'qlik_token_limit',
  'qlik_user_not_linked',
  'tenant_not_provisioned',
  'encryption_key_missing',
  'stored_secret_unreadable',
  'qlik_client_rejected',
  'qlik_forbidden',
  'qlik_not_found',
  'qlik_conflict',
  'qlik_bad_request',
  'qlik_bad_response',
  'qlik_token_refused',
  'qlik_user_linking',
  'qlik_rate_limited',
  'qlik_unavailable',
  'qlik_timeout',
  ...STORAGE_PROBLEMS,
] as const;

export const qlikTokenOperations: readonly Operation[] = [
  {
    method: 'get',
    path: '/api/qlik-token',
    id: 'getQlikToken',
    tag: 'Qlik',
    summary: 'The Qlik access token of whoever is signed in',
    description:
      'From the cache, or by one exchange for all who ask. 401 says one thing only: the portal session is over.',
    session: 'required',
    answers: { 200: { description: 'A token', content: { 'application/json': qlikToken } } },
    problems: NO_TOKEN,
  },
  {
    method: 'post',
    path: '/api/qlik-token',
    id: 'rejectQlikToken',
    tag: 'Qlik',
    summary: 'Says that Qlik refused a token, and answers with the next one',
    description: 'Reported by many tabs at once, it costs one exchange. An unknown id is answered as by GET.',
    session: 'required',
    body: { schema: tokenRejection, types: ['application/json'] },
    answers: { 200: { description: 'The next token', content: { 'application/json': qlikToken } } },
    problems: [...NO_TOKEN, ...BODY_PROBLEMS],
  },
];
