import { setTimeout as wait } from 'node:timers/promises';
import type { Request, RequestHandler, Response } from 'express';
import { SandboxError, tooManyRequests } from './errors.ts';
import { contextOf, faultOf } from './request-context.ts';
import type { TenantState } from './tenant-state.ts';

/** Meets the faults set for this request; it runs once the request's client, grant and user are known. */
export function injectFaults(state: TenantState): RequestHandler {
  return async (req, res, next) => {
    const context = contextOf(req);
    context.faults = state.faults.take(context.entry);
    if (context.faults.length === 0) return next();
    context.entry.faults = context.faults.map(({ kind }) => kind);
    skewClock(state, req, res);
    await delay(state, req, res);
    if (res.destroyed || faultOf(req, 'hang')) return;
    cutOrSpoil(req, res);
    if (res.destroyed) return;
    refuse(req);
    killToken(state, req);
    next();
  };
}

/** The tenant's clock as this answer shows it, in ms since 1970. */
export function shownNow(state: TenantState, req: Request): number {
  return state.now() + (faultOf(req, 'clock-skew')?.ms ?? 0);
}

function skewClock(state: TenantState, req: Request, res: Response): void {
  if (faultOf(req, 'clock-skew')) res.set('Date', new Date(shownNow(state, req)).toUTCString());
}

/** Ends early where the client disconnects, or the fault is cleared. */
async function delay(state: TenantState, req: Request, res: Response): Promise<void> {
  const fault = faultOf(req, 'delay');
  if (!fault) return;
  const disconnected = new AbortController();
  res.once('close', () => disconnected.abort());
  const cleared = state.faults.clearedSignal(fault);
  const signal = AbortSignal.any([disconnected.signal, ...(cleared ? [cleared] : [])]);
  await wait(fault.ms, undefined, { signal }).catch(() => undefined);
}

function refuse(req: Request): void {
  const fault = faultOf(req, 'status');
  if (!fault) return;
  if (fault.status === 429) throw tooManyRequests(fault.retryAfterSeconds ?? 13);
  throw new SandboxError(fault.status);
}

/** The token this request carries dies now; one it is about to get is killed by {@link stillborn}. */
function killToken(state: TenantState, req: Request): void {
  const context = contextOf(req);
  if (!context.caller) return;
  if (faultOf(req, 'expired-token') ?? faultOf(req, 'revoked-token')) {
    state.tokens.revoke(context.caller.token);
    delete context.caller;
  } else if (faultOf(req, 'disabled-user')) {
    delete context.caller;
  }
}

/** Whether the token this request mints must be dead on arrival, whatever the answer says. */
export function stillborn(req: Request): boolean {
  return (faultOf(req, 'expired-token') ?? faultOf(req, 'revoked-token')) !== undefined;
}

function cutOrSpoil(req: Request, res: Response): void {
  const reset = faultOf(req, 'reset');
  if (reset?.afterBytes === undefined) {
    if (reset) req.socket.resetAndDestroy();
    else if (faultOf(req, 'malformed')) spoil(res, (text) => void res.type('json').send(text.slice(0, -1)));
    return;
  }
  const { afterBytes } = reset;
  spoil(res, (text) => {
    res.type('json').set('Content-Length', String(Buffer.byteLength(text)));
    // Cut only after the first part has left, or the client would see nothing of it.
    res.write(Buffer.from(text).subarray(0, afterBytes), () => req.socket.destroy());
  });
}

/** Lets the request do its work, but hands its answer to `write` instead of the client. */
function spoil(res: Response, write: (text: string) => void): void {
  res.json = (body: unknown) => {
    write(JSON.stringify(body));
    return res;
  };
}
