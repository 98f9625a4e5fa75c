import type { RequestHandler } from 'express';
import { contentSecurityPolicy } from 'helmet';

type Directives = Readonly<Record<string, readonly string[]>>;

const SELF = "'self'";
const NONE = "'none'";
const QLIK_CDN = 'https://cdn.qlikcloud.com';

// The style elements that the embed runtime and the charts insert, by their content: the first with its one rule,
// the second empty (filled later through the CSSOM, which a policy does not govern).
const RUNTIME_STYLES = [
  "'sha256-2fs/xg4HRVjFrOTKIk0dpwAqs5ot+W5SQTjmypguWNs='",
  "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
];

/** What holds on the embed page even while its policy is on trial: none of it can break an embed. */
const FENCE = {
  'base-uri': [NONE],
  'form-action': [SELF],
  'frame-ancestors': [NONE],
  'object-src': [NONE],
} as const satisfies Directives;

/** For the sign-in page, problems and API answers: the portal and nothing else. */
export const PORTAL_POLICY = {
  ...FENCE,
  'default-src': [NONE],
  'script-src': [SELF],
  'connect-src': [SELF],
  'style-src': [SELF],
  'img-src': [SELF, 'data:'],
  'font-src': [SELF],
} as const satisfies Directives;

/**
 * The policy of the page that embeds the tenant at `host` (an origin): that tenant and no other.
 *
 * A tenant over plain http can only be the sandbox, whose needs are measured. Those of Qlik Cloud are put together
 * from what its pages load, for every `ui` of `<qlik-embed>`: until they are seen to fit a tenant, CSP_REPORT_ONLY
 * lets ops try them.
 */
export function embedPolicy(host: string): Directives {
  const websocket = host.replace(/^http/, 'ws');
  const sandbox = host.startsWith('http:');
  return sandbox ? sandboxPolicy(host, websocket) : qlikCloudPolicy(host, websocket);
}

function sandboxPolicy(host: string, websocket: string): Directives {
  return {
    ...PORTAL_POLICY,
    'script-src': [SELF, host],
    'connect-src': [SELF, host, websocket],
    'style-src-elem': [SELF, ...RUNTIME_STYLES],
    'style-src-attr': ["'unsafe-inline'"],
  };
}

function qlikCloudPolicy(host: string, websocket: string): Directives {
  return {
    ...PORTAL_POLICY,
    'script-src': [SELF, host, QLIK_CDN],
    'connect-src': [SELF, host, websocket, QLIK_CDN],
    'style-src': [SELF, "'unsafe-inline'", QLIK_CDN, 'https://fonts.googleapis.com'],
    'img-src': [SELF, 'data:', 'blob:', host, QLIK_CDN],
    'font-src': [SELF, 'data:', QLIK_CDN, 'https://fonts.gstatic.com'],
    'worker-src': ['blob:'],
    'frame-src': [host],
  };
}

/**
 * Sets the policy of the embed page. On trial (`reportOnly`) browsers only tell of what it would have stopped, in
 * their console, and the part of it that no embed needs stays enforced.
 */
export function embedPageHeaders(host: string, { reportOnly }: { reportOnly: boolean }): RequestHandler {
  const policy = contentSecurityPolicy({ useDefaults: false, directives: embedPolicy(host), reportOnly });
  if (!reportOnly) return policy;
  const fence = contentSecurityPolicy({
    useDefaults: false,
    directives: { ...FENCE, 'default-src': contentSecurityPolicy.dangerouslyDisableDefaultSrc },
  });
  return (req, res, next) => fence(req, res, () => policy(req, res, next));
}
