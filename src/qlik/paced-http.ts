import type { TenantPace } from '../domain/ports/tenant-pace.ts';
import type { QlikHttp } from './http.ts';
import { refusalError } from './refusal.ts';

/**
 * Sends in the tenant's own time: each request waits for its turn, and a 429, which shuts the whole tier, makes everybody
 * wait who shares the pace. Qlik's Tier 2 is what writes, tokens included; Tier 1 is what reads.
 */
export function createPacedHttp(
  http: QlikHttp,
  { reads, writes }: { readonly reads?: TenantPace; readonly writes: TenantPace },
): QlikHttp {
  return {
    async send(request) {
      const pace = request.method === 'GET' ? reads : writes;
      await pace?.acquire(request.host);
      const response = await http.send(request);
      if (response.status === 429) {
        await pace?.pause(request.host, (refusalError(response).retryAfterS ?? 0) * 1000);
      }
      return response;
    },
    close: () => http.close(),
  };
}
