import { hash, hkdfSync } from 'node:crypto';
import { parseCookie } from 'cookie';
import type { CookieOptions, Request, Response } from 'express';
import { z } from 'zod';
import type { Clock } from '../../runtime/clock.ts';
import type { SsoTransaction } from '../../domain/model/identity-provider.ts';
import type { Secret } from '../../domain/model/secret.ts';

/**
 * Sign-ins in progress, each in an encrypted cookie: only the browser that began one can finish it (login CSRF),
 * concurrent tabs are independent, and an abandoned sign-in leaves nothing in the storage.
 */
export interface SsoTransactions {
  keep(req: Request, res: Response, transaction: SsoTransaction): Promise<void>;
  /** Clears the cookie and returns its transaction; undefined where the browser has none with that provider and state. */
  take(
    req: Request,
    res: Response,
    key: Pick<SsoTransaction, 'providerId' | 'state'>,
  ): Promise<SsoTransaction | undefined>;
}

export interface SsoTransactionsOptions {
  /** Of the session cookie: the first encrypts, all decrypt. */
  readonly secrets: readonly Secret[];
  readonly publicUrl: string;
  readonly clock: Clock;
}

const LIFE_S = 10 * 60;
/** Concurrent sign-ins of a browser: more cookies could exceed the limit of request headers. */
const MAX_TRANSACTIONS = 5;

const content = z.object({
  providerId: z.string(),
  state: z.string(),
  nonce: z.string(),
  codeVerifier: z.string(),
  iat: z.number(),
});

export function createSsoTransactions({
  secrets,
  publicUrl,
  clock,
}: SsoTransactionsOptions): SsoTransactions {
  const secure = publicUrl.startsWith('https:');
  // `__Host-`: other subdomains cannot set it.
  const prefix = secure ? '__Host-sso-' : 'sso-';
  const cookie: CookieOptions = { path: '/', httpOnly: true, sameSite: 'lax', secure };
  const keys = secrets.map(keyFrom);

  async function open(sealed: string): Promise<z.infer<typeof content> | undefined> {
    const { jwtDecrypt } = await import('jose');
    const currentDate = new Date(clock.now());
    for (const key of keys) {
      const opened = await jwtDecrypt(sealed, key, { currentDate, requiredClaims: ['exp'] }).catch(
        () => undefined,
      );
      if (opened) return content.safeParse(opened.payload).data;
    }
    return undefined;
  }

  /** Clears expired transactions, and the oldest where there are too many. */
  async function clearOld(req: Request, res: Response): Promise<void> {
    const kept = Object.entries(cookiesOf(req)).filter(([name]) => name.startsWith(prefix));
    const dated = await Promise.all(
      kept.map(async ([name, sealed = '']) => ({ name, at: (await open(sealed))?.iat ?? 0 })),
    );
    const oldestFirst = dated.toSorted((one, other) => one.at - other.at);
    const surplus = oldestFirst.length - (MAX_TRANSACTIONS - 1);
    for (const [index, { name, at }] of oldestFirst.entries()) {
      if (at === 0 || index < surplus) res.clearCookie(name, cookie);
    }
  }

  return {
    async keep(req, res, transaction) {
      await clearOld(req, res);
      const { EncryptJWT } = await import('jose');
      const now = Math.floor(clock.now() / 1000);
      const sealed = await new EncryptJWT({ ...transaction })
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .setIssuedAt(now)
        .setExpirationTime(now + LIFE_S)
        .encrypt(keys[0] ?? new Uint8Array());
      res.cookie(nameOf(prefix, transaction.state), sealed, { ...cookie, maxAge: LIFE_S * 1000 });
    },

    async take(req, res, { providerId, state }) {
      const name = nameOf(prefix, state);
      const sealed = cookiesOf(req)[name];
      if (sealed === undefined) return undefined;
      res.clearCookie(name, cookie);
      const transaction = await open(sealed);
      return transaction?.state === state && transaction.providerId === providerId ? transaction : undefined;
    },
  };
}

function cookiesOf(req: Request): Readonly<Record<string, string | undefined>> {
  return parseCookie(req.headers.cookie ?? '');
}

/** A hash, because `state` comes from the URL: of fixed length and valid in a cookie name. */
function nameOf(prefix: string, state: string): string {
  return prefix + hash('sha256', state, 'base64url').slice(0, 22);
}

/** A derived key, independent of the session cookie's signatures. */
function keyFrom(secret: Secret): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret.reveal(), '', 'portal single sign-on transaction', 32));
}
