import { isIP, type LookupFunction } from 'node:net';
import { Agent, fetch } from 'undici';
import type { IdentityProvider } from '../../domain/model/identity-provider.ts';

export interface ProviderHttpOptions {
  /** Finds addresses for providers on the internet, and only such; see {@link IdentityProvider.privateNetwork}. */
  readonly publicLookup: LookupFunction;
  /**
   * INSECURE, for the demo and tests only: issuers may be `http://127.0.0.1:PORT` or `http://localhost:PORT`.
   */
  readonly allowLoopbackIssuers: boolean;
  /** ms for each request, everything included. */
  readonly timeoutMs: number;
}

interface RequestOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>> | Headers;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

type ProviderFetch = (url: string, options: RequestOptions) => Promise<Response>;

export interface ProviderHttp {
  /** A fetch for one provider that follows no redirects. Rejects where the address is none it may have. */
  fetchFor(provider: Pick<IdentityProvider, 'privateNetwork'>): ProviderFetch;
  /** @throws Error where the portal must not go to, or send people to, this address. */
  checkAddress(url: URL, provider: Pick<IdentityProvider, 'privateNetwork'>): void;
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 512 * 1024;

/**
 * The portal's way to its customers' identity providers. What they say about their own endpoints is not trusted to
 * stay outside: a provider on the internet cannot make the portal call into the network it stands in.
 */
export function createProviderHttp(options: ProviderHttpOptions): ProviderHttp {
  const { publicLookup, allowLoopbackIssuers, timeoutMs } = options;
  const limits = { headersTimeout: timeoutMs, bodyTimeout: timeoutMs, maxResponseSize: MAX_BODY_BYTES };
  const outside = new Agent({ ...limits, connect: { timeout: timeoutMs, lookup: publicLookup } });
  const anywhere = new Agent({ ...limits, connect: { timeout: timeoutMs } });

  function checkAddress(url: URL, { privateNetwork }: Pick<IdentityProvider, 'privateNetwork'>): void {
    if (isLoopback(url.hostname)) {
      if (allowLoopbackIssuers && /^https?:$/.test(url.protocol)) return;
      throw new Error('an identity provider on this machine itself is not allowed');
    }
    if (url.protocol !== 'https:') throw new Error('an address of the identity provider is not https');
    // Sockets look no address up that is one already.
    if (isIP(bare(url.hostname)) !== 0 && !privateNetwork) {
      throw new Error('an address of the identity provider is in numbers');
    }
  }

  return {
    checkAddress,
    fetchFor: (provider) => async (address, request) => {
      const url = new URL(address);
      checkAddress(url, provider);
      const { headers = {}, signal } = request;
      const timeout = AbortSignal.timeout(timeoutMs);
      const answer = await fetch(url, {
        method: request.method ?? 'GET',
        headers: headers instanceof Headers ? Object.fromEntries(headers) : headers,
        // The libraries send forms and nothing else.
        body: request.body === undefined || request.body === null ? null : formText(request.body),
        redirect: 'manual',
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
        dispatcher: provider.privateNetwork ? anywhere : outside,
      });
      const body = await answer.arrayBuffer();
      // The libraries know the Response of the runtime, not undici's.
      return new Response(body.byteLength === 0 ? null : body, {
        status: answer.status,
        headers: [...answer.headers],
      });
    },
    async close() {
      await Promise.all([outside.destroy(), anywhere.destroy()]);
    },
  };
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '');
}

function formText(body: unknown): string {
  if (typeof body === 'string' || body instanceof URLSearchParams) return body.toString();
  throw new TypeError('a request to an identity provider has a body that is no form');
}
