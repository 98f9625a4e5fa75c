import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RequestHandler } from 'express';
import { sendPublicFile } from '../pages.ts';

const SSO_PART = /<!-- sso -->.*?<!-- \/sso -->/gs;

/** The sign-in page; where no identity provider is configured, without the form that would lead to one. */
export function sendLoginPage({ publicDir, sso }: { publicDir: string; sso: boolean }): RequestHandler {
  if (sso) return sendPublicFile(publicDir, 'login.html');
  const page = readFileSync(join(publicDir, 'login.html'), 'utf8').replaceAll(SSO_PART, '');
  const etag = `"${hash('sha256', page, 'base64url')}"`;
  return (_req, res) => {
    res.setHeader('ETag', etag);
    res.setHeader('Cache-Control', 'no-cache');
    res.type('html').send(page);
  };
}
