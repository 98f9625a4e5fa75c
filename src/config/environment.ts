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

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * HOUR_MS;

/** An example for the reports, and whether the value may also come from a file (NAME_FILE). */
export const notes = z.registry<{ example: string; secret?: true }>();

/**
 * Every variable the portal reads: the one list that parsing, `.env.example` and the README's table agree on.
 */
export const variables = z.object({
  PUBLIC_URL: origin('the address people open').register(notes, { example: 'https://portal.example.com' }),
  HOST: z.string().default('127.0.0.1').register(notes, { example: '0.0.0.0' }),
  PORT: count({ min: 0, max: 65_535 }).default(3000).register(notes, { example: '3000' }),
  SHUTDOWN_DELAY: duration({ orNone: true }).default(0).register(notes, { example: '5s' }),
  TRUST_PROXY: trustProxy().default(false).register(notes, { example: '1' }),
  LOG_LEVEL: logLevel().default('info').register(notes, { example: 'info' }),

  METRICS_PORT: count({ min: 0, max: 65_535 }).optional().register(notes, { example: '9464' }),
  METRICS_HOST: z.string().default('127.0.0.1').register(notes, { example: '0.0.0.0' }),

  SESSION_SECRET: sessionSecrets().register(notes, { example: '$(openssl rand -base64 48)', secret: true }),
  SESSION_IDLE_LIMIT: duration({ mostDays: 365 }).default(HOUR_MS).register(notes, { example: '60m' }),
  SESSION_ABSOLUTE_LIMIT: duration({ mostDays: 365 })
    .default(12 * HOUR_MS)
    .register(notes, { example: '12h' }),
  ENCRYPTION_KEYS: encryptionKeys().register(notes, {
    example: '2026a:$(openssl rand -base64 32)',
    secret: true,
  }),

  DATABASE_URL: databaseUrl()
    .prefault('file:data/portal.db')
    .register(notes, { example: 'file:data/portal.db', secret: true }),
  DATABASE_POOL_SIZE: count({ min: 1, max: 1000 }).default(10).register(notes, { example: '10' }),
  DATABASE_STATEMENT_TIMEOUT: duration({ leastS: 1 }).default(10_000).register(notes, { example: '10s' }),
  REDIS_URL: redisUrl()
    .optional()
    .register(notes, { example: 'rediss://:PASSWORD@redis.example.com:6379', secret: true }),

  SIGN_IN_ATTEMPTS_PER_ACCOUNT: count({ min: 1, max: 1000 }).default(10).register(notes, { example: '10' }),
  SIGN_IN_ATTEMPTS_PER_ADDRESS: count({ min: 1, max: 100_000 })
    .default(100)
    .register(notes, { example: '100' }),
  SIGN_IN_WINDOW: duration({ leastS: 1 })
    .default(15 * MINUTE_MS)
    .register(notes, { example: '15m' }),

  AUDIT_RETENTION: duration({ orNone: true, mostDays: 36_500 })
    .default(365 * DAY_MS)
    .register(notes, { example: '365d' }),

  SSO_PROVIDERS: ssoProviders().prefault('[]').register(notes, {
    example:
      '[{"id":"acme","issuer":"https://login.acme.example","clientId":"portal","clientSecret":"…","tenant":"acme","emailDomains":["acme.example"]}]',
    secret: true,
  }),
  INSECURE_ALLOW_LOOPBACK_ISSUERS: flag().default(false).register(notes, { example: 'false' }),

  QLIK_TIMEOUT: duration().default(10_000).register(notes, { example: '10s' }),
  QLIK_EXCHANGES_PER_MINUTE: count({ min: 1, max: 10_000 }).default(100).register(notes, { example: '100' }),
  QLIK_TOKEN_MIN_LIFETIME: duration()
    .default(5 * MINUTE_MS)
    .register(notes, { example: '5m' }),
  QLIK_SUBJECT_PREFIX: subjectPrefix()
    .optional()
    .register(notes, { example: 'embed-portal:portal.example.com:' }),
  INSECURE_ALLOW_LOOPBACK_TENANTS: flag().default(false).register(notes, { example: 'false' }),
  CSP_REPORT_ONLY: flag().default(false).register(notes, { example: 'false' }),

  QLIK_TENANT_URL: origin('the tenant')
    .optional()
    .register(notes, { example: 'https://acme.eu.qlikcloud.com' }),
  QLIK_TENANT_ID: tenantId().prefault('main').register(notes, { example: 'acme' }),
  QLIK_TENANT_NAME: tenantSettings.shape.name.optional().register(notes, { example: 'Acme' }),
  QLIK_CLIENT_ID: z
    .string()
    .max(200)
    .optional()
    .register(notes, { example: 'the id that Qlik Cloud showed' }),
  QLIK_CLIENT_SECRET: z
    .string()
    .transform((text) => new Secret(text))
    .optional()
    .register(notes, { example: 'the secret that Qlik Cloud showed once', secret: true }),
  QLIK_SCOPES: items().default(['user_default']).register(notes, { example: 'user_default' }),
  QLIK_APP_ID: appId.max(200).optional().register(notes, { example: 'a1b2c3d4-0000-4000-8000-000000000001' }),
  QLIK_SHEETS: items()
    .pipe(embedItemTexts)
    .default([])
    .register(notes, { example: 'sheet-id=Overview,other-sheet-id=Details' }),
  QLIK_OBJECTS: items().pipe(embedItemTexts).default([]).register(notes, { example: 'object-id=Revenue' }),
});

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
    /** How long a stopping portal goes on serving, so that load balancers see it go. */
    drainMs: env.SHUTDOWN_DELAY,
    trustProxy: env.TRUST_PROXY,
    logLevel: env.LOG_LEVEL,
    /** Where Prometheus finds the metrics, if it should. */
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
      /** Of the subjects of the Qlik users that the portal makes. */
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
