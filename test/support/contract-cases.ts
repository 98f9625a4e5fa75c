import { ERROR_CODES, type ErrorCodeName } from '../../src/domain/error-codes.ts';
import { operations } from '../../src/web/routes/operations.ts';
import { FOREIGN, FORM, HTML, JSON_TYPE, type ContractWorld, type Send } from './contract-world.ts';

/** A request, and the status and code that it has to be answered with. */
export type ContractCase = readonly [
  operation: string,
  what: string,
  status: number,
  code: ErrorCodeName | null,
  send: Send,
];

type SendWith = (headers: Readonly<Record<string, string>>) => Send;

const STORED = ['encryption_key_missing', 'stored_secret_unreadable', 'storage_unavailable'] as const;
const AWAY = ['storage_unavailable', 'internal_error'] as const;
const REJECTION = { rejected: '0d0c0b0a-0000-4000-8000-000000000000' };
const NOT_OF_A_TOKEN = new Set<ErrorCodeName>([
  'session_required',
  'cross_site_request',
  'invalid_request',
  'malformed_json',
  'payload_too_large',
  'unsupported_media_type',
]);

/** Requests that are answered with everything that the portal says it may answer. `the` is asked when they are sent. */
export function contractCases(the: () => ContractWorld): readonly ContractCase[] {
  return [
    ...tokenCases(the),
    ...embedCases(the),
    ...signInCases(the),
    ...signOutCases(the),
    ...ssoCases(the),
    ...setPasswordCases(the),
    ...accountCases(the),
    ...operationCases(the),
  ];
}

/** One case for each code. */
function failures(operation: string, codes: readonly ErrorCodeName[], send: (code: ErrorCodeName) => Send) {
  return codes.map((code): ContractCase => [
    operation,
    `failing: ${code}`,
    ERROR_CODES[code].status,
    code,
    send(code),
  ]);
}

/** What is the same for every operation that looks at a body. */
function bodyCases(the: () => ContractWorld, operation: string, path: string, type = JSON_TYPE) {
  const bad = (what: string, code: ErrorCodeName, body: string, sent = type): ContractCase => [
    operation,
    what,
    ERROR_CODES[code].status,
    code,
    () => the().post(path, body, sent, the().signedIn),
  ];
  return [
    bad('nothing that is asked for', 'invalid_request', type === FORM ? 'a=b' : '{"a":"b"}'),
    ...(type === FORM ? [] : [bad('no JSON', 'malformed_json', '{')]),
    bad('too much', 'payload_too_large', `a=${'b'.repeat(20_000)}`),
    bad('another type', 'unsupported_media_type', '<a/>', 'application/xml'),
  ];
}

/** Signed out and from another site: for what only the portal's own pages may ask. */
function guardCases(operation: string, send: SendWith, the: () => ContractWorld): readonly ContractCase[] {
  return [
    [operation, 'signed out', 401, 'session_required', () => send({})()],
    [
      operation,
      'from another site',
      403,
      'cross_site_request',
      () => send({ ...the().signedIn, ...FOREIGN })(),
    ],
  ];
}

function tokenCases(the: () => ContractWorld): readonly ContractCase[] {
  const get: SendWith = (headers) => () => the().send('get', '/api/qlik-token', headers);
  const reject: SendWith = (headers) => () => the().post('/api/qlik-token', REJECTION, JSON_TYPE, headers);
  return [
    ...sharedTokenCases('getQlikToken', get, the),
    ...sharedTokenCases('rejectQlikToken', reject, the),
    ...bodyCases(the, 'rejectQlikToken', '/api/qlik-token'),
  ];
}

/** What asking for a token and reporting one have in common: every failure of a tenant, for one. */
function sharedTokenCases(
  operation: string,
  send: SendWith,
  the: () => ContractWorld,
): readonly ContractCase[] {
  const { problems = [] } = operations[operation] ?? {};
  const withSession: Send = () => send(the().signedIn)();
  return [
    [operation, 'signed in', 200, null, withSession],
    ...guardCases(operation, send, the),
    ...failures(
      operation,
      problems.filter((code) => !NOT_OF_A_TOKEN.has(code)),
      (code) => () => the().whileFailing('tokens', code, withSession),
    ),
  ];
}

function embedCases(the: () => ContractWorld): readonly ContractCase[] {
  const get: SendWith = (headers) => () => the().send('get', '/api/embed', headers);
  const page = () => the().send('get', '/', the().signedIn);
  return [
    ['getEmbed', 'signed in', 200, null, () => get(the().signedIn)()],
    ...guardCases('getEmbed', get, the),
    [
      'getEmbed',
      'of a tenant that is switched off',
      403,
      'tenant_disabled',
      async () => get({ Cookie: await the().cookieOfDisabledTenant() })(),
    ],
    ...failures(
      'getEmbed',
      [...STORED, 'internal_error'],
      (code) => () => the().whileFailing('subjects', code, () => get(the().signedIn)()),
    ),
    ['getEmbedPage', 'signed in', 200, null, page],
    ['getEmbedPage', 'signed out', 303, null, () => the().send('get', '/')],
    ...failures(
      'getEmbedPage',
      [...STORED, 'internal_error'],
      (code) => () => the().whileFailing('subjects', code, page),
    ),
  ];
}

function signInCases(the: () => ContractWorld): readonly ContractCase[] {
  const signIn: Send = () => the().post('/login', the().credentials);
  return [
    ['getLoginPage', 'as a page', 200, null, () => the().send('get', '/login', { Accept: HTML })],
    ['signIn', 'as JSON', 200, null, signIn],
    ['signIn', 'as a form', 303, null, () => the().post('/login', the().credentials, FORM)],
    [
      'signIn',
      'as a form, wrong',
      303,
      null,
      () => the().post('/login', 'email=a@b.example&password=x', FORM),
    ],
    [
      'signIn',
      'with a wrong password',
      401,
      'invalid_credentials',
      () => the().post('/login', { ...the().credentials, password: 'x' }),
    ],
    [
      'signIn',
      'from another site',
      403,
      'cross_site_request',
      () => the().post('/login', '{}', JSON_TYPE, FOREIGN),
    ],
    ...bodyCases(the, 'signIn', '/login'),
    ...failures('signIn', ['too_many_attempts'], (code) => () => the().whileFailing('limits', code, signIn)),
    ...failures(
      'signIn',
      [...STORED, 'internal_error'],
      (code) => () => the().whileFailing('subjects', code, signIn),
    ),
  ];
}

function signOutCases(the: () => ContractWorld): readonly ContractCase[] {
  const failing = (part: 'sessions' | 'audit') => (code: ErrorCodeName) => async () => {
    const Cookie = await the().freshCookie();
    return the().whileFailing(part, code, () => the().send('post', '/logout', { Cookie }));
  };
  return [
    ['signOut', 'of nobody, by a program', 204, null, () => the().send('post', '/logout')],
    ['signOut', 'of nobody, by a page', 303, null, () => the().send('post', '/logout', { Accept: HTML })],
    [
      'signOut',
      'of whom a provider vouched for',
      200,
      null,
      async () => (await the().signedInBySso()).post('/logout').set('Accept', HTML),
    ],
    ['signOut', 'from another site', 403, 'cross_site_request', () => the().send('post', '/logout', FOREIGN)],
    ...failures('signOut', ['storage_unavailable'], failing('sessions')),
    ...failures('signOut', ['internal_error'], failing('audit')),
  ];
}

function ssoCases(the: () => ContractWorld): readonly ContractCase[] {
  const find =
    (email: string, headers = {}): Send =>
    () =>
      the().post('/login/sso', { email }, FORM, headers);
  const begin =
    (provider: string, headers = {}): Send =>
    () =>
      the().send('get', `/login/sso/${provider}`, headers);
  const leave = '/login/sso/acme/backchannel-logout';
  const notice: Send = async () => the().post(leave, { logout_token: await the().logoutToken() }, FORM);
  const forgery = { logout_token: 'a.b.c' };
  return [
    ['findProvider', 'of a customer', 200, null, find('a@acme.example')],
    ['findProvider', 'of nobody, by a page', 303, null, find('a@b.example', { Accept: HTML })],
    ['findProvider', 'of nobody, by a program', 404, 'sso_unknown', find('a@b.example')],
    ['findProvider', 'from another site', 403, 'cross_site_request', find('a@acme.example', FOREIGN)],
    ...bodyCases(the, 'findProvider', '/login/sso', FORM),
    ...failures(
      'findProvider',
      ['too_many_attempts', ...AWAY],
      (code) => () => the().whileFailing('limits', code, find('a@acme.example')),
    ),

    ['beginSso', 'with a provider', 302, null, begin('acme')],
    ['beginSso', 'with none, by a page', 303, null, begin('nobody', { Accept: HTML })],
    ['beginSso', 'with none, by a program', 404, 'sso_unknown', begin('nobody')],
    ['beginSso', 'with an address that is none', 400, 'invalid_request', begin('%E0')],
    ...failures(
      'beginSso',
      ['sso_unavailable', 'internal_error'],
      (code) => () => the().whileFailing('sso', code, begin('acme')),
    ),

    ['finishSso', 'as the provider says', 303, null, () => the().finishSso(HTML)],
    ['finishSso', 'never begun, by a page', 303, null, begin('acme/callback', { Accept: HTML })],
    ['finishSso', 'never begun, by a program', 401, 'sso_expired', begin('acme/callback?state=a&code=b')],
    ['finishSso', 'with an address that is none', 400, 'invalid_request', begin('%E0/callback')],
    ...failures(
      'finishSso',
      [
        'sso_failed',
        'sso_cancelled',
        'sso_not_allowed',
        'sso_account_conflict',
        'tenant_disabled',
        'sso_unavailable',
        'too_many_attempts',
        ...STORED,
        'internal_error',
      ],
      (code) => () => the().finishSso(JSON_TYPE, code),
    ),

    ['endSsoSessions', 'by the provider', 200, null, notice],
    ['endSsoSessions', 'with a forgery', 400, 'invalid_request', () => the().post(leave, forgery, FORM)],
    [
      'endSsoSessions',
      'from a page of another site',
      403,
      'cross_site_request',
      () => the().post(leave, forgery, FORM, FOREIGN),
    ],
    [
      'endSsoSessions',
      'by nobody known',
      404,
      'not_found',
      () => the().post('/login/sso/nobody/backchannel-logout', forgery, FORM),
    ],
    ...bodyCases(the, 'endSsoSessions', leave, FORM),
    ...failures(
      'endSsoSessions',
      ['sso_unavailable', ...AWAY],
      (code) => () => the().whileFailing('sso', code, notice),
    ),
    ['leaveProvider', 'as a page', 303, null, () => the().send('get', '/login/signed-out')],
  ];
}

function setPasswordCases(the: () => ContractWorld): readonly ContractCase[] {
  const path = '/set-password';
  const set =
    (password: string, type = JSON_TYPE): Send =>
    async () =>
      the().post(path, { code: await the().passwordCode(), password }, type);
  const good = crypto.randomUUID();
  return [
    ['getSetPasswordPage', 'as a page', 200, null, () => the().send('get', path, { Accept: HTML })],
    ['setPassword', 'as JSON', 204, null, set(good)],
    ['setPassword', 'as a form', 303, null, set(good, FORM)],
    [
      'setPassword',
      'from another site',
      403,
      'cross_site_request',
      () => the().post(path, {}, JSON_TYPE, FOREIGN),
    ],
    [
      'setPassword',
      'without a link',
      410,
      'password_link_invalid',
      () => the().post(path, { code: 'none', password: good }),
    ],
    ['setPassword', 'too short', 422, 'password_too_short', set('short')],
    ['setPassword', 'too long', 422, 'password_too_long', set('long '.repeat(100))],
    ['setPassword', 'easy to guess', 422, 'password_guessable', set('passwordpassword')],
    ...bodyCases(the, 'setPassword', path),
    ...failures('setPassword', ['too_many_attempts', ...AWAY], (code) => async () => {
      const body = { code: await the().passwordCode(), password: good };
      return the().whileFailing('limits', code, () => the().post(path, body));
    }),
  ];
}

function accountCases(the: () => ContractWorld): readonly ContractCase[] {
  const page: Send = () => the().send('get', '/account', the().signedIn);
  const get: SendWith = (headers) => () => the().send('get', '/api/account', headers);
  const others: SendWith = (headers) => () => the().send('post', '/api/account/sign-out-others', headers);
  const path = '/api/account/password';
  const good = crypto.randomUUID();
  const change =
    (current: 'right' | 'wrong', password: string): Send =>
    async () => {
      const { cookie, password: right } = await the().freshPerson();
      const body = { current: current === 'right' ? right : `not ${right}`, password };
      return the().post(path, body, JSON_TYPE, { Cookie: cookie });
    };
  const changeAs: SendWith = (headers) => () =>
    the().post(path, { current: 'a', password: 'b' }, JSON_TYPE, headers);
  const guarded = [
    ['getAccount', get],
    ['signOutOthers', others],
    ['changePassword', changeAs],
  ] as const;
  return [
    ['getAccountPage', 'signed in', 200, null, page],
    ['getAccountPage', 'signed out', 303, null, () => the().send('get', '/account')],
    ...failures(
      'getAccountPage',
      [...STORED, 'internal_error'],
      (code) => () => the().whileFailing('subjects', code, page),
    ),
    ['getAccount', 'signed in', 200, null, () => get(the().signedIn)()],
    ['signOutOthers', 'signed in', 200, null, async () => others({ Cookie: await the().freshCookie() })()],
    ...guarded.flatMap(([operation, send]) => guardCases(operation, send, the)),
    ...guarded.map(([operation, send]): ContractCase => [
      operation,
      'of a tenant that is switched off',
      403,
      'tenant_disabled',
      async () => send({ Cookie: await the().cookieOfDisabledTenant() })(),
    ]),
    ...guarded.flatMap(([operation, send]) =>
      failures(
        operation,
        [...STORED, 'internal_error'],
        (code) => () => the().whileFailing('subjects', code, () => send(the().signedIn)()),
      ),
    ),
    ['changePassword', 'the right one', 200, null, change('right', good)],
    ['changePassword', 'a wrong one', 403, 'current_password_wrong', change('wrong', good)],
    ['changePassword', 'too short', 422, 'password_too_short', change('right', 'short')],
    ['changePassword', 'too long', 422, 'password_too_long', change('right', 'long '.repeat(100))],
    ['changePassword', 'easy to guess', 422, 'password_guessable', change('right', 'passwordpassword')],
    ...bodyCases(the, 'changePassword', path),
    ...failures(
      'changePassword',
      ['too_many_attempts'],
      (code) => () => the().whileFailing('limits', code, () => changeAs(the().signedIn)()),
    ),
  ];
}

function operationCases(the: () => ContractWorld): readonly ContractCase[] {
  const readContract = (headers = {}) => the().send('get', '/api/openapi.json', headers);
  return [
    ['getHealth', 'alive', 200, null, () => the().send('get', '/healthz')],
    ['getReadiness', 'ready', 200, null, () => the().send('get', '/readyz')],
    ...failures(
      'getReadiness',
      ['storage_unavailable'],
      (code) => () => the().whileFailing('ping', code, () => the().send('get', '/readyz')),
    ),
    ['getContract', 'anybody', 200, null, () => readContract()],
    [
      'getContract',
      'again',
      304,
      null,
      async () => readContract({ 'If-None-Match': (await readContract()).get('ETag') ?? '' }),
    ],
  ];
}
