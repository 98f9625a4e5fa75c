import type { Request, RequestHandler } from 'express';
import type { FaultEffect, FaultKind } from './state/faults.ts';
import type { AccessToken, SandboxUser, TenantState } from './tenant-state.ts';

/** What became known of a request on its way in; the journal entry grows with it. */
export interface RequestContext {
  readonly entry: ReturnType<TenantState['journal']['begin']>;
  caller?: { user: SandboxUser; token: AccessToken };
  faults: FaultEffect[];
}

const contexts = new WeakMap<Request, RequestContext>();

export function contextOf(req: Request): RequestContext {
  const context = contexts.get(req);
  if (!context) throw new Error('the request was never journalled');
  return context;
}

export function faultOf<K extends FaultKind>(
  req: Request,
  kind: K,
): Extract<FaultEffect, { kind: K }> | undefined {
  return contextOf(req).faults.find(
    (effect): effect is Extract<FaultEffect, { kind: K }> => effect.kind === kind,
  );
}

/** Opens the request's context and writes it into the journal, status 0 until it is answered. */
export function journalled(state: TenantState): RequestHandler {
  return (req, res, next) => {
    const entry = state.journal.begin({ at: state.now(), method: req.method, path: req.path });
    contexts.set(req, { entry, faults: [] });
    res.once('finish', () => {
      entry.status = res.statusCode;
    });
    next();
  };
}
