import { hash, hkdfSync } from 'node:crypto';
import { parseCookie } from 'cookie';
import type { CookieOptions, Request, Response } from 'express';
import { z } from 'zod';
import type { Clock } from '../../runtime/clock.ts';
import type { SsoTransaction } from '../../domain/model/identity-provider.ts';
import type { Secret } from '../../domain/model/secret.ts';

/**
 * Sign-ins that are under way, each in a cookie of its own: so that only the browser that began one can end it
 * (login CSRF), several tabs do not disturb each other, and nothing is stored for people who never come back.
 */
export interface SsoTransactions {
  keep(req: Request, res: Response, transaction: SsoTransaction): Promise<void>;
  /** Takes the transaction out of the browser; undefined where this one has none with that provider and state. */
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
/** Tabs of one browser at a time. More would only make its requests too large to be read. */
const MOST = 5;

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
  // `__Host-`: a neighbouring subdomain cannot plant one.
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

  /** Lets go of what is over, and of the oldest where there are too many. */
  async function makeRoom(req: Request, res: Response): Promise<void> {
    const kept = Object.entries(cookiesOf(req)).filter(([name]) => name.startsWith(prefix));
    const begun = await Promise.all(
      kept.map(async ([name, sealed = '']) => ({ name, at: (await open(sealed))?.iat ?? 0 })),
    );
    const oldestFirst = begun.toSorted((one, other) => one.at - other.at);
    const surplus = oldestFirst.length - (MOST - 1);
    for (const [index, { name, at }] of oldestFirst.entries()) {
      if (at === 0 || index < surplus) res.clearCookie(name, cookie);
    }
  }

  return {
    async keep(req, res, transaction) {
      await makeRoom(req, res);
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

/** Of one size and without surprises, whatever the state that an address brings. */
function nameOf(prefix: string, state: string): string {
  return prefix + hash('sha256', state, 'base64url').slice(0, 22);
}

/** A key of its own, so that neither use of the secret says anything about the other. */
function keyFrom(secret: Secret): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret.reveal(), '', 'portal single sign-on transaction', 32));
}
