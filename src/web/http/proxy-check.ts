import type { Request, RequestHandler } from 'express';
import type { Log } from '../../runtime/log.ts';

interface ProxyCheckOptions {
  readonly publicUrl: string;
  /** As Express' `trust proxy` takes it. */
  readonly trustProxy: false | number | readonly string[];
  readonly log: Log;
}

/**
 * How PUBLIC_URL and TRUST_PROXY can disagree with each other or with a request, by the code that the log carries.
 * docs/operations/deploy.md lists the same codes.
 */
const MISMATCHES = {
  proxy_not_configured: {
    problem: 'PUBLIC_URL is https, so a proxy terminates TLS in front, but TRUST_PROXY is false',
    cure: 'set TRUST_PROXY to the number of proxies in front, or all clients count as one address',
  },
  proxy_not_trusted: {
    problem: 'requests carry X-Forwarded-For, but TRUST_PROXY is false',
    cure: 'set TRUST_PROXY to the number of proxies in front, or all clients count as one address',
  },
  proxy_missing: {
    problem: 'TRUST_PROXY is set, but a request came without X-Forwarded-For',
    cure: 'let the proxy set X-Forwarded-For, and block access to the portal that bypasses the proxy',
  },
  proxy_count: {
    problem: 'X-Forwarded-For names fewer addresses than TRUST_PROXY counts proxies',
    cure: 'set TRUST_PROXY to the number of proxies in front: a greater number lets clients choose their own address',
  },
  proxy_scheme: {
    problem: 'the proxy reports requests over http, but PUBLIC_URL is https',
    cure: 'let the proxy redirect http to https, and set X-Forwarded-Proto to the scheme that browsers use',
  },
  public_url_host: {
    problem: 'requests are for another host than that of PUBLIC_URL',
    cure: 'set PUBLIC_URL to the address in the address bar, and let the proxy pass Host or set X-Forwarded-Host',
  },
} as const;

type MismatchCode = keyof typeof MISMATCHES;

/**
 * Logs each mismatch once, with its cure. It refuses nothing: any client can send any header.
 */
export function checkProxy({ publicUrl, trustProxy, log }: ProxyCheckOptions): RequestHandler {
  const logged = new Set<MismatchCode>();
  const warn = (code: MismatchCode | undefined) => {
    if (code === undefined || logged.has(code)) return;
    logged.add(code);
    log.warn({ code, ...MISMATCHES[code] }, MISMATCHES[code].problem);
  };

  const overTls = publicUrl.startsWith('https:');
  if (overTls && trustProxy === false) warn('proxy_not_configured');
  const { host } = new URL(publicUrl);

  return (req, _res, next) => {
    warn(forwardingMismatch(req, trustProxy));
    if (trustProxy !== false && overTls && req.protocol === 'http') warn('proxy_scheme');
    if (req.host !== host) warn('public_url_host');
    next();
  };
}

function forwardingMismatch(
  req: Request,
  trustProxy: ProxyCheckOptions['trustProxy'],
): MismatchCode | undefined {
  const forwarded = req.get('X-Forwarded-For');
  if (trustProxy === false) return forwarded === undefined ? undefined : 'proxy_not_trusted';
  if (forwarded === undefined) return 'proxy_missing';
  const addresses = forwarded.split(',').length;
  return typeof trustProxy === 'number' && addresses < trustProxy ? 'proxy_count' : undefined;
}
