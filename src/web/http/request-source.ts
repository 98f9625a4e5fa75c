import type { Request } from 'express';
import type { RequestOrigin } from '../../domain/model/request-source.ts';

/** For the audit log: where a request came from, and under which id the request log has it. */
export function originOf(req: Request): RequestOrigin {
  return { address: req.ip ?? '', requestId: req.requestId };
}
