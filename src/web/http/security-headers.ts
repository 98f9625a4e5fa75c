import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { RequestHandler } from 'express';
import helmet from 'helmet';
import { PORTAL_POLICY } from '../pages/content-security-policy.ts';

const YEAR_S = 31_536_000;

/**
 * The headers of every answer: no caching, no framing and so on. Routes override single headers (`/` its policy, files
 * Cache-Control).
 */
export function securityHeaders({ publicUrl }: { publicUrl: string }): RequestHandler {
  const protection = helmet({
    contentSecurityPolicy: { useDefaults: false, directives: PORTAL_POLICY },
    // Over http browsers must ignore it (RFC 6797 section 8.1); on a shared loopback host it would break others.
    strictTransportSecurity: publicUrl.startsWith('https:') && { maxAge: YEAR_S, includeSubDomains: false },
    // Not `no-referrer`: with it browsers send `Origin: null` from our own forms, and cross-site.ts would refuse them.
    referrerPolicy: { policy: 'same-origin' },
    xFrameOptions: { action: 'deny' },
  });
  // Computed once: they are the same for every answer.
  const headers = [...headersSetBy(protection), ['Cache-Control', 'no-store'] as const];
  return (_req, res, next) => {
    for (const [name, value] of headers) res.setHeader(name, value);
    next();
  };
}

type Protection = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void;

function headersSetBy(protection: Protection): readonly (readonly [string, string])[] {
  const req = new IncomingMessage(new Socket());
  const res = new ServerResponse(req);
  protection(req, res, (error) => {
    if (error !== undefined) throw error;
  });
  return res.getHeaderNames().map((name) => [name, String(res.getHeader(name))]);
}
