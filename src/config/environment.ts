import { z } from 'zod';
import { appId, embedItemTexts } from '../domain/model/embed-content.ts';
import { tenantSettings } from '../domain/model/tenant.ts';
import { Secret } from '../domain/model/secret.ts';
import {
  count,
  databaseUrl,
  duration,
  encryptionKeys,
  flag,
  items,
  logLevel,
  origin,
  redisUrl,
  sessionSecrets,
  subjectPrefix,
  tenantId,
  trustProxy,
} from './formats.ts';
import { ssoProviders } from './sso.ts';

/** What the page docs/configuration.md and the reports of faults say about a variable. */
interface Note {
  readonly meaning: string;
  /** Absent where the default is example enough. */
  readonly example?: string;
  /** Its value may also come from a file: NAME_FILE. */
  readonly secret?: true;
}

export const notes = z.registry<Note>();

/**
 * Every variable the portal reads, each with its meaning. Defaults are written as in the environment. Parsing,
 * docs/configuration.md (by `npm run docs`) and the test of `.env.example` read this list.
 */
export const variables = z.object({
  PUBLIC_URL: origin('the address people open').register(notes, {
    meaning: 'the address people open, as an origin; https, except for localhost',
    example: 'https://portal.example.com',
  }),
  SESSION_SECRET: sessionSecrets().register(notes, {
    meaning: 'signs the session cookie; a list: the first signs, all are accepted',
    example: '$(openssl rand -base64 48)',
    secret: true,
  }),
  ENCRYPTION_KEYS: encryptionKeys().register(notes, {
    meaning: '`ID:BASE64` (32 bytes), a list: the first encrypts, all decrypt',
    example: '2026a:$(openssl rand -base64 32)',
    secret: true,
  }),

  HOST: z.string().prefault('127.0.0.1').register(notes, {
    meaning: 'the address the process listens on; in a container `0.0.0.0`',
    example: '0.0.0.0',
  }),
  PORT: count({ min: 0, max: 65_535 })
    .prefault('3000')
    .register(notes, { meaning: 'the port the process listens on' }),
  SHUTDOWN_DELAY: duration({ orNone: true }).prefault('0s').register(notes, {
    meaning: 'how long a stopping portal still serves, so that load balancers notice `/readyz`',
    example: '5s',
  }),
  TRUST_PROXY: trustProxy().prefault('false').register(notes, {
    meaning: "proxies that may name the client's address: `false`, how many, or their addresses",
    example: '1',
  }),
  LOG_LEVEL: logLevel()
    .prefault('info')
    .register(notes, { meaning: '`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`' }),
  METRICS_PORT: count({ min: 0, max: 65_535 }).optional().register(notes, {
    meaning: 'serves `/metrics` for Prometheus on this port; not for the public',
    example: '9464',
  }),
  METRICS_HOST: z.string().prefault('127.0.0.1').register(notes, {
    meaning: 'the address of that port',
    example: '0.0.0.0',
  }),

  SESSION_IDLE_LIMIT: duration({ mostDays: 365 })
    .prefault('60m')
    .register(notes, { meaning: 'a session ends after this long without use' }),
  SESSION_ABSOLUTE_LIMIT: duration({ mostDays: 365 })
    .prefault('12h')
    .register(notes, { meaning: 'a session ends after this long in any case' }),
  SIGN_IN_ATTEMPTS_PER_ACCOUNT: count({ min: 1, max: 1000 })
    .prefault('10')
    .register(notes, { meaning: 'sign-in attempts for one account within the window' }),
  SIGN_IN_ATTEMPTS_PER_ADDRESS: count({ min: 1, max: 100_000 })
    .prefault('100')
    .register(notes, { meaning: 'sign-in attempts from one address within the window' }),
  SIGN_IN_WINDOW: duration({ leastS: 1 })
    .prefault('15m')
    .register(notes, { meaning: 'the window in which sign-in attempts are counted' }),

  DATABASE_URL: databaseUrl().prefault('file:data/portal.db').register(notes, {
    meaning: '`file:PATH` (SQLite), or `postgres://…` for more than one machine',
    secret: true,
  }),
  DATABASE_POOL_SIZE: count({ min: 1, max: 1000 })
    .prefault('10')
    .register(notes, { meaning: 'connections to PostgreSQL that each process opens at most' }),
  DATABASE_STATEMENT_TIMEOUT: duration({ leastS: 1 })
    .prefault('10s')
    .register(notes, { meaning: 'how long a statement may take in PostgreSQL' }),
  REDIS_URL: redisUrl().optional().register(notes, {
    meaning: 'for more than one process: shares sessions, tokens, locks and limits',
    example: 'rediss://:PASSWORD@redis.example.com:6379',
    secret: true,
  }),
  AUDIT_RETENTION: duration({ orNone: true, mostDays: 36_500 })
    .prefault('365d')
    .register(notes, { meaning: 'how long audit events are kept; `0s` for ever' }),

  SSO_PROVIDERS: ssoProviders().prefault('[]').register(notes, {
    meaning: 'identity providers (OpenID Connect), a JSON array: `.env.example` explains its fields',
    example:
      '[{"id":"acme","issuer":"https://login.acme.example","clientId":"portal","clientSecret":"…","tenant":"acme","emailDomains":["acme.example"]}]',
    secret: true,
  }),
  INSECURE_ALLOW_LOOPBACK_ISSUERS: flag()
    .prefault('false')
    .register(notes, { meaning: 'lets issuers be `http://localhost:…`: for the demo and tests only' }),

  QLIK_TIMEOUT: duration().prefault('10s').register(notes, { meaning: 'for one call to a tenant' }),
  QLIK_EXCHANGES_PER_MINUTE: count({ min: 1, max: 10_000 }).prefault('100').register(notes, {
    meaning: "token exchanges and changes of Qlik users per minute and tenant; Qlik's Tier 2 limit is 100",
  }),
  QLIK_TOKEN_MIN_LIFETIME: duration().prefault('5m').register(notes, {
    meaning: 'a token handed to a page lives at least this long, or is the newest available',
  }),
  QLIK_SUBJECT_PREFIX: subjectPrefix().optional().register(notes, {
    meaning:
      'the prefix of subjects of Qlik users that the portal creates; `embed-portal:HOST:` of `PUBLIC_URL` if absent',
    example: 'embed-portal:portal.example.com:',
  }),
  CSP_REPORT_ONLY: flag().prefault('false').register(notes, {
    meaning: 'report violations of the Content-Security-Policy instead of blocking, while you try a tenant',
  }),
  INSECURE_ALLOW_LOOPBACK_TENANTS: flag()
    .prefault('false')
    .register(notes, { meaning: 'lets tenants be `http://localhost:…`: for the sandbox only' }),

  QLIK_TENANT_URL: origin('the tenant').optional().register(notes, {
    meaning:
      'a single tenant without the `portal` command: its URL, together with the next two or not at all',
    example: 'https://acme.eu.qlikcloud.com',
  }),
  QLIK_CLIENT_ID: z.string().max(200).optional().register(notes, {
    meaning: 'the id of its OAuth client',
    example: 'the id that Qlik Cloud showed',
  }),
  QLIK_CLIENT_SECRET: z
    .string()
    .transform((text) => new Secret(text))
    .optional()
    .register(notes, {
      meaning: 'the secret of its OAuth client',
      example: 'the secret that Qlik Cloud showed once',
      secret: true,
    }),
  QLIK_TENANT_ID: tenantId()
    .prefault('main')
    .register(notes, { meaning: 'its id in the portal', example: 'acme' }),
  QLIK_TENANT_NAME: tenantSettings.shape.name
    .optional()
    .register(notes, { meaning: 'its name in the portal; the id if absent', example: 'Acme' }),
  QLIK_SCOPES: items().prefault('user_default').register(notes, { meaning: 'the scopes of its tokens' }),
  QLIK_APP_ID: appId.max(200).optional().register(notes, {
    meaning: 'the app that its embed page shows',
    example: 'a1b2c3d4-0000-4000-8000-000000000001',
  }),
  QLIK_SHEETS: items().pipe(embedItemTexts).prefault('').register(notes, {
    meaning: 'sheets of that app: `ID=Title,…`',
    example: 'sheet-id=Overview,other-sheet-id=Details',
  }),
  QLIK_OBJECTS: items()
    .pipe(embedItemTexts)
    .prefault('')
    .register(notes, { meaning: 'single charts of that app: `ID=Title,…`', example: 'object-id=Revenue' }),
});

/** A variable's note, and its default as written in the environment: undefined where it has none. */
export function describeVariable(schema: z.core.$ZodType): Note & { readonly default?: string } {
  const note = notes.get(schema);
  if (note === undefined) throw new Error('a variable without a meaning');
  return schema instanceof z.ZodPrefault ? { ...note, default: String(schema.def.defaultValue) } : note;
}

export const environmentSchema = variables
  .check((context) => {
    const env = context.value;
    const fault = (variable: string, problem: string) => {
      context.issues.push({ code: 'custom', input: undefined, path: [variable], message: problem });
    };
    const single = [env.QLIK_TENANT_URL, env.QLIK_CLIENT_ID, env.QLIK_CLIENT_SECRET];
    if (single.some(Boolean) && !single.every(Boolean)) {
      fault(
        'QLIK_TENANT_URL',
        'goes together with QLIK_CLIENT_ID and QLIK_CLIENT_SECRET: set all three or none',
      );
    }
    if (
      !env.INSECURE_ALLOW_LOOPBACK_ISSUERS &&
      env.SSO_PROVIDERS.some(({ issuer }) => !issuer.startsWith('https:'))
    ) {
      fault('SSO_PROVIDERS', 'has an issuer that is not https');
    }
    if (env.SESSION_IDLE_LIMIT > env.SESSION_ABSOLUTE_LIMIT) {
      fault('SESSION_IDLE_LIMIT', 'is longer than SESSION_ABSOLUTE_LIMIT');
    }
    if (env.QLIK_SHEETS.length + env.QLIK_OBJECTS.length > 0 && env.QLIK_APP_ID === undefined) {
      fault('QLIK_APP_ID', 'is needed with QLIK_SHEETS or QLIK_OBJECTS');
    }
  })
  .transform(toConfig);

export type Config = z.infer<typeof environmentSchema>;

type Environment = z.infer<typeof variables>;

function toConfig(env: Environment) {
  return {
    /** Origin, e.g. `https://portal.example.com`. */
    publicUrl: env.PUBLIC_URL,
    listen: { host: env.HOST, port: env.PORT },
    /** How long a stopping portal still serves, so that load balancers notice. */
    drainMs: env.SHUTDOWN_DELAY,
    trustProxy: env.TRUST_PROXY,
    logLevel: env.LOG_LEVEL,
    /** Where Prometheus finds the metrics; undefined: nowhere. */
    metrics: env.METRICS_PORT === undefined ? undefined : { host: env.METRICS_HOST, port: env.METRICS_PORT },
    session: {
      /** The first signs, all verify: so that cookies survive a rotation. */
      secrets: env.SESSION_SECRET,
      idleLimitMs: env.SESSION_IDLE_LIMIT,
      absoluteLimitMs: env.SESSION_ABSOLUTE_LIMIT,
    },
    /** The first encrypts, all decrypt. */
    encryptionKeys: env.ENCRYPTION_KEYS,
    database: database(env),
    redisUrl: env.REDIS_URL,
    signInLimits: {
      perAccount: env.SIGN_IN_ATTEMPTS_PER_ACCOUNT,
      perAddress: env.SIGN_IN_ATTEMPTS_PER_ADDRESS,
      windowMs: env.SIGN_IN_WINDOW,
    },
    /** 0: for ever. */
    auditRetentionMs: env.AUDIT_RETENTION,
    sso: {
      providers: env.SSO_PROVIDERS,
      allowLoopbackIssuers: env.INSECURE_ALLOW_LOOPBACK_ISSUERS,
    },
    qlik: {
      timeoutMs: env.QLIK_TIMEOUT,
      exchangesPerMinute: env.QLIK_EXCHANGES_PER_MINUTE,
      tokenMinLifetimeMs: env.QLIK_TOKEN_MIN_LIFETIME,
      /** Of the subjects of the Qlik users that the portal creates. */
      subjectPrefix: env.QLIK_SUBJECT_PREFIX ?? `embed-portal:${new URL(env.PUBLIC_URL).host}:`,
      allowLoopbackTenants: env.INSECURE_ALLOW_LOOPBACK_TENANTS,
    },
    cspReportOnly: env.CSP_REPORT_ONLY,
    /** A deployment for one customer only, configured without the `portal` command. */
    singleTenant: singleTenant(env),
  };
}

function database({
  DATABASE_URL: url,
  DATABASE_POOL_SIZE: poolSize,
  DATABASE_STATEMENT_TIMEOUT: statementTimeoutMs,
}: Environment) {
  return url.kind === 'sqlite' ? url : { ...url, poolSize, statementTimeoutMs };
}

function singleTenant(env: Environment) {
  const { QLIK_TENANT_URL: host, QLIK_CLIENT_ID: clientId, QLIK_CLIENT_SECRET: clientSecret } = env;
  if (host === undefined || clientId === undefined || clientSecret === undefined) return undefined;
  const id = env.QLIK_TENANT_ID;
  return {
    id,
    name: env.QLIK_TENANT_NAME ?? id,
    host,
    clientId,
    clientSecret,
    scopes: env.QLIK_SCOPES,
    embed:
      env.QLIK_APP_ID === undefined
        ? null
        : {
            appId: env.QLIK_APP_ID,
            sheets: env.QLIK_SHEETS,
            objects: env.QLIK_OBJECTS,
          },
  };
}
