import { fault, ok, warning, type Check } from './checks.ts';

/** What the doctor looks at of the portal itself. */
export interface PortalFacts {
  readonly publicUrl: string;
  readonly trustProxy: unknown;
  readonly allowLoopbackTenants: boolean;
  readonly storage: {
    ping(): Promise<void>;
    pendingMigrations(): Promise<readonly string[]>;
  };
}

export const PORTAL_CHECKS: readonly Check<PortalFacts>[] = [
  {
    id: 'configuration',
    title: 'configuration',
    why: 'a portal that starts by chance stops by chance',
    async run({ publicUrl, allowLoopbackTenants }) {
      if (allowLoopbackTenants && !isLocal(publicUrl)) {
        return fault(
          'INSECURE_ALLOW_LOOPBACK_TENANTS is on for a public portal',
          'Remove it: whoever may name a tenant can reach the ports of this machine.',
        );
      }
      return ok('every variable is readable');
    },
  },
  {
    id: 'database',
    title: 'database and its migrations',
    why: 'without it nobody can sign in',
    async run({ storage }) {
      await storage.ping();
      const pending = await storage.pendingMigrations();
      if (pending.length === 0) return ok('reachable and up to date');
      return fault(
        `migrations are missing: ${pending.join(', ')}`,
        'Start the portal, or run any portal command that writes.',
      );
    },
  },
];

export const COOKIE_CHECK: Check<PortalFacts> = {
  id: 'cookies',
  title: 'cookie settings and the public URL',
  why: 'a session cookie that the browser does not keep is a sign-in that never ends',
  async run({ publicUrl, trustProxy }) {
    if (publicUrl.startsWith('https:')) {
      if (trustProxy !== false) return ok('Secure, HttpOnly, SameSite=Lax, __Host-');
      return warning(
        'TRUST_PROXY is false, but TLS ends before the portal',
        'Set TRUST_PROXY to the proxy in front, or sign-in limits and the audit log see only its address.',
      );
    }
    // The configuration lets nothing but this machine be without https.
    return ok('without Secure, which is right on this machine only');
  },
};

function isLocal(publicUrl: string): boolean {
  const hostname = URL.parse(publicUrl)?.hostname ?? '';
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}
