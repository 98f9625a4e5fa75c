import { isIP, type LookupFunction } from 'node:net';
import { Agent, fetch } from 'undici';
import type { IdentityProvider } from '../../domain/model/identity-provider.ts';

export interface ProviderHttpOptions {
  /** Resolves public addresses only, for providers on the internet; see {@link IdentityProvider.privateNetwork}. */
  readonly publicLookup: LookupFunction;
  /**
   * INSECURE, for the demo and tests only: issuers may be `http://127.0.0.1:PORT` or `http://localhost:PORT`.
   */
  readonly allowLoopbackIssuers: boolean;
  /** ms for each request from connect to the last byte. */
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
  /** A fetch for one provider that follows no redirects; rejects where {@link ProviderHttp.checkAddress} would throw. */
  fetchFor(provider: Pick<IdentityProvider, 'privateNetwork'>): ProviderFetch;
  /** @throws Error where the portal may neither request this address nor redirect a browser to it */
  checkAddress(url: URL, provider: Pick<IdentityProvider, 'privateNetwork'>): void;
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 512 * 1024;

/**
 * The HTTP client for customers' identity providers. The endpoints in their metadata are not trusted: a provider on the
 * internet cannot make the portal send requests into its own network (SSRF).
 */
export function createProviderHttp(options: ProviderHttpOptions): ProviderHttp {
  const { publicLookup, allowLoopbackIssuers, timeoutMs } = options;
  const limits = { headersTimeout: timeoutMs, bodyTimeout: timeoutMs, maxResponseSize: MAX_BODY_BYTES };
  const publicOnly = new Agent({ ...limits, connect: { timeout: timeoutMs, lookup: publicLookup } });
  const anyNetwork = new Agent({ ...limits, connect: { timeout: timeoutMs } });

  function checkAddress(url: URL, { privateNetwork }: Pick<IdentityProvider, 'privateNetwork'>): void {
    if (isLoopback(url.hostname)) {
      if (allowLoopbackIssuers && /^https?:$/.test(url.protocol)) return;
      throw new Error('an identity provider on a loopback address is not allowed');
    }
    if (url.protocol !== 'https:') throw new Error('an address of the identity provider is not https');
    // Sockets do not call `lookup` for an IP address.
    if (isIP(bare(url.hostname)) !== 0 && !privateNetwork) {
      throw new Error('an address of the identity provider is an IP address');
    }
  }

  return {
    checkAddress,
    fetchFor: (provider) => async (address, request) => {
      const url = new URL(address);
      checkAddress(url, provider);
      const { headers = {}, signal } = request;
      const timeout = AbortSignal.timeout(timeoutMs);
      const response = await fetch(url, {
        method: request.method ?? 'GET',
        headers: headers instanceof Headers ? Object.fromEntries(headers) : headers,
        // The libraries send forms only.
        body: request.body === undefined || request.body === null ? null : formText(request.body),
        redirect: 'manual',
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
        dispatcher: provider.privateNetwork ? anyNetwork : publicOnly,
      });
      const body = await response.arrayBuffer();
      // The libraries expect the Response of the runtime, not undici's.
      return new Response(body.byteLength === 0 ? null : body, {
        status: response.status,
        headers: [...response.headers],
      });
    },
    async close() {
      await Promise.all([publicOnly.destroy(), anyNetwork.destroy()]);
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
  throw new TypeError('the body of a request to an identity provider is not a form');
}
