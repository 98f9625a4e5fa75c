import type { HostConfig } from '@qlik/api/auth';
import { runtimeModule } from './qlik-main.ts';

/**
 * The name of the person the page's token speaks for, asked of the tenant. The answer is as good as the token: a
 * refused one is renewed once by the runtime, and a second refusal is thrown with its status.
 */
export async function signedInName(hostConfig: HostConfig): Promise<string> {
  const rest = await runtimeModule('invoke-fetch@v1');
  const { data } = await rest.invokeFetch('users', {
    method: 'get',
    pathTemplate: '/api/v1/users/me',
    options: { hostConfig },
  });
  const name: unknown = typeof data === 'object' && data !== null ? Reflect.get(data, 'name') : undefined;
  return typeof name === 'string' ? name : '';
}

export function markOf(userName: string | undefined): string {
  const tenant = `sandbox tenant ${globalThis.QlikSandboxTenant ?? 'unknown'}`;
  return userName ? `${tenant} · as ${userName}` : tenant;
}
