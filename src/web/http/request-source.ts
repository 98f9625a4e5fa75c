import type { Request } from 'express';
import type { RequestSource } from '../../domain/model/request-source.ts';

/** For the audit log: where a request came from, and under which id the request log has it. */
export function sourceOf(req: Request): RequestSource {
  return { address: req.ip ?? '', requestId: req.requestId };
}
