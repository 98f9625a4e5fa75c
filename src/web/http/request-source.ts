import type { Request } from 'express';
import type { RequestSource } from '../../domain/model/request-source.ts';

/** For the audit log: the client's address, and the id that the request log has. */
export function sourceOf(req: Request): RequestSource {
  return { address: req.ip ?? '', requestId: req.requestId };
}
