import { SandboxError } from '../errors.ts';
import type { SandboxClient, TenantState } from '../tenant-state.ts';

/** The client of that id; 404 when the tenant has none. */
export function clientNamed(state: TenantState, id: string): SandboxClient {
  const client = state.clients.byId(id);
  if (!client) throw new SandboxError(404);
  return client;
}
