import type { Request, RequestHandler } from 'express';
import type { Log } from '../../runtime/log.ts';

interface ProxyCheckOptions {
  readonly publicUrl: string;
  /** As Express' `trust proxy` takes it. */
  readonly trustProxy: false | number | readonly string[];
  readonly log: Log;
}

interface Mismatch {
  readonly code: string;
  readonly problem: string;
  readonly cure: string;
}

const TLS_WITHOUT_PROXY: Mismatch = {
  code: 'proxy_not_trusted',
  problem: 'PUBLIC_URL is https, so a proxy has to stand in front, but TRUST_PROXY is false',
  cure: 'set TRUST_PROXY to the number of proxies in front, or all people count as one address',
};
const UNEXPECTED_PROXY: Mismatch = {
  code: 'proxy_not_trusted',
  problem: 'requests come with X-Forwarded-For, but TRUST_PROXY is false',
  cure: 'set TRUST_PROXY to the number of proxies in front, or all people count as one address',
};
const NO_PROXY: Mismatch = {
  code: 'proxy_missing',
  problem: 'TRUST_PROXY is set, but a request came without X-Forwarded-For',
  cure: 'let the proxy set X-Forwarded-For, and let nobody reach the portal around it',
};
const FEWER_PROXIES: Mismatch = {
  code: 'proxy_count',
  problem: 'X-Forwarded-For names fewer addresses than TRUST_PROXY counts proxies',
  cure: 'set TRUST_PROXY to the number of proxies in front: with a greater one, people can choose their own address',
};
const PLAIN_HTTP: Mismatch = {
  code: 'proxy_scheme',
  problem: 'the proxy says that people come over http, but PUBLIC_URL is https',
  cure: 'let the proxy redirect http to https, and set X-Forwarded-Proto to what people use',
};
const OTHER_HOST: Mismatch = {
  code: 'public_url_host',
  problem: 'people come to another host than that of PUBLIC_URL',
  cure: 'set PUBLIC_URL to the address in their address bar, and let the proxy pass Host or set X-Forwarded-Host',
};

/**
 * Says once, with the cure, where PUBLIC_URL and TRUST_PROXY fit neither each other nor what arrives. It refuses nothing:
 * anybody can send any header.
 */
export function checkProxy(options: ProxyCheckOptions): RequestHandler {
  const { publicUrl, trustProxy, log } = options;
  const said = new Set<string>();
  const say = (mismatch: Mismatch | undefined) => {
    if (mismatch === undefined || said.has(mismatch.code)) return;
    said.add(mismatch.code);
    log.warn({ ...mismatch }, mismatch.problem);
  };

  const overTls = publicUrl.startsWith('https:');
  if (overTls && trustProxy === false) say(TLS_WITHOUT_PROXY);
  const { host } = new URL(publicUrl);

  return (req, _res, next) => {
    say(proxyMismatch(req, trustProxy));
    if (trustProxy !== false && overTls && req.protocol === 'http') say(PLAIN_HTTP);
    if (req.host !== host) say(OTHER_HOST);
    next();
  };
}

function proxyMismatch(req: Request, trustProxy: ProxyCheckOptions['trustProxy']): Mismatch | undefined {
  const forwarded = req.get('X-Forwarded-For');
  if (trustProxy === false) return forwarded === undefined ? undefined : UNEXPECTED_PROXY;
  if (forwarded === undefined) return NO_PROXY;
  const addresses = forwarded.split(',').length;
  return typeof trustProxy === 'number' && addresses < trustProxy ? FEWER_PROXIES : undefined;
}
