import type { QlikProbe } from '../domain/ports/qlik/qlik-probe.ts';
import type { QlikHttp } from './http.ts';
import { refusalError } from './refusal.ts';

/** Requests the one document that a tenant serves without credentials: its OAuth metadata (RFC 8414). */
export function createQlikProbe(http: QlikHttp): QlikProbe {
  return {
    async probe(host) {
      const path = '/.well-known/oauth-authorization-server';
      const response = await http.send({ host, method: 'GET', path });
      // Any answer of the tenant itself counts, also a 404.
      if (response.status === 429 || response.status >= 500) throw refusalError(response);
      return { clockSkewMs: response.clockSkewMs };
    },
  };
}
