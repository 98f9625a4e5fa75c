import { createServer, type Server } from 'node:http';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import type { RegionTenant } from '../src/region.ts';
import { embedPolicy } from '../../../src/web/pages/content-security-policy.ts';

const component = readFileSync(createRequire(import.meta.url).resolve('@qlik/embed-web-components'));

export interface EmbedPage {
  readonly origin: string;
  /** What the page's `getAccessToken` answers, call by call; the last answer repeats. */
  tokens: string[];
  /** How often the page asked for a token. */
  asked: number;
  /** The tenant and client it embeds. */
  embeds(target: { tenant: RegionTenant; clientId: string; html: string; colorScheme?: string }): void;
  /** Takes one style hash out of the page's policy. */
  withoutStyleHash: string | undefined;
  close(): Promise<void>;
}

/** A page that embeds a tenant from an origin of its own, under the portal's own policy for embed pages. */
export async function startEmbedPage(): Promise<EmbedPage> {
  let html = '';
  let host = '';
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    if (path === '/component.js') return response.setHeader('content-type', 'text/javascript').end(component);
    if (path === '/token.js') return response.setHeader('content-type', 'text/javascript').end(TOKEN_SCRIPT);
    if (path === '/token') {
      page.asked += 1;
      return response.end(page.tokens.length > 1 ? page.tokens.shift() : page.tokens[0]);
    }
    if (path !== '/') return response.writeHead(204).end();
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.setHeader('content-security-policy', policyOf(host, page.withoutStyleHash));
    return response.end(html);
  });
  const page: EmbedPage = {
    origin: await listen(server),
    tokens: [],
    asked: 0,
    withoutStyleHash: undefined,
    embeds({ tenant, clientId, html: body, colorScheme = 'light dark' }) {
      host = tenant.host;
      html = document({ host, clientId, body, colorScheme });
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return page;
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve));
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}

function policyOf(host: string, withoutStyleHash: string | undefined): string {
  return Object.entries(embedPolicy(host))
    .map(([directive, sources]) =>
      [directive, ...sources.filter((source) => source !== withoutStyleHash)].join(' '),
    )
    .join('; ');
}

const TOKEN_SCRIPT = `
  globalThis.violations = [];
  document.addEventListener('securitypolicyviolation', (event) => {
    globalThis.violations.push(event.effectiveDirective + ' ' + event.blockedURI);
  });
  globalThis.getAccessToken = async () => (await fetch('/token')).text();
`;

interface Contents {
  readonly host: string;
  readonly clientId: string;
  readonly body: string;
  readonly colorScheme: string;
}

function document({ host, clientId, body, colorScheme }: Contents): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8" /><title>Embeds</title>
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="${colorScheme}" />
    <script src="/token.js"></script>
    <script src="/component.js" data-host="${host}" data-client-id="${clientId}" data-auth-type="oauth2"
      data-get-access-token="getAccessToken"></script></head><body><main>${body}</main></body></html>`;
}

/** What the page's policy refused, as `directive uri`. */
export async function violationsOf(page: Page): Promise<string[]> {
  return page.evaluate(() => Reflect.get(globalThis, 'violations') as string[]);
}
