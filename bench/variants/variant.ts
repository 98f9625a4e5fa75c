import { createHmac, randomUUID } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SessionData, Store } from 'express-session';

/** What `main.ts` gives each variant as its one argument, in JSON. */
export interface VariantOptions {
  readonly tenant: { readonly host: string; readonly clientId: string; readonly clientSecret: string };
  /** Ids of Qlik users, one for each person who is signed in. */
  readonly users: readonly string[];
  readonly redisUrl?: string;
  /** What replicas have in common. */
  readonly encryptionKey: string;
  /** For its database; emptied when all is measured. */
  readonly directory: string;
  /** What the bare handler answers: the bytes of a real answer. */
  readonly answer: string;
}

/** What a variant says, once, when it is ready. */
export interface VariantReady {
  readonly url: string;
  /** A `Cookie` header for each person. */
  readonly cookies: readonly string[];
}

export function variantOptions(): VariantOptions {
  return JSON.parse(process.argv[2] ?? '{}') as VariantOptions;
}

/** What it has taken since it began; how much of a core it gets does not change the time it needs. */
export interface VariantUse {
  readonly cpuMs: number;
  /** Bytes. */
  readonly rss: number;
}

/** Tells `main.ts`, and answers it when it asks for the use. */
export function ready(said: VariantReady): void {
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    const use: VariantUse = { cpuMs: (user + system) / 1000, rss: process.memoryUsage.rss() };
    process.send?.(use);
  });
  process.send?.(said);
}

export async function listen(app: RequestListener): Promise<string> {
  const server = createServer(app).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A session id, and the cookie that express-session signs it into. */
export function signedSession(name: string, secret: string): { id: string; cookie: string } {
  const id = randomUUID();
  const signature = createHmac('sha256', secret).update(id).digest('base64').replace(/=+$/, '');
  return { id, cookie: `${name}=${encodeURIComponent(`s:${id}.${signature}`)}` };
}

/** Puts a session into its store, whether that calls back or promises. */
export function keepSession(store: Store, id: string, session: SessionData): Promise<void> {
  return new Promise((resolve, reject) => {
    store.set(id, session, (error: unknown) => {
      if (error === undefined || error === null) resolve();
      else reject(new Error('the session was not kept', { cause: error }));
    });
  });
}
