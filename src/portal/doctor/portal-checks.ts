import { fault, ok, warning, type Check } from './checks.ts';

/** What the checks of the portal itself need. */
export interface PortalFacts {
  readonly publicUrl: string;
  readonly trustProxy: unknown;
  readonly allowLoopbackTenants: boolean;
  readonly storage: {
    ping(): Promise<void>;
    pendingMigrations(): Promise<readonly string[]>;
  };
}

export const CONFIGURATION: Check<PortalFacts> = {
  id: 'configuration',
  title: 'configuration',
  why: 'the portal does not start with an invalid one',
  async run({ publicUrl, allowLoopbackTenants }) {
    if (allowLoopbackTenants && !isLocal(publicUrl)) {
      return fault(
        'INSECURE_ALLOW_LOOPBACK_TENANTS is set on a public portal',
        'Remove it: it lets tenants be registered at ports of this machine (SSRF).',
      );
    }
    return ok('all variables are valid');
  },
};

export const PORTAL_CHECKS: readonly Check<PortalFacts>[] = [
  CONFIGURATION,
  {
    id: 'database',
    title: 'database and migrations',
    why: 'sign-in needs it',
    async run({ storage }) {
      await storage.ping();
      const pending = await storage.pendingMigrations();
      if (pending.length === 0) return ok('reachable and up to date');
      return fault(`migrations are missing: ${pending.join(', ')}`, 'portal db migrate');
    },
  },
];

export const COOKIE_CHECK: Check<PortalFacts> = {
  id: 'cookies',
  title: 'cookies and PUBLIC_URL',
  why: 'a session cookie that the browser does not store leads back to the sign-in page',
  async run({ publicUrl, trustProxy }) {
    if (publicUrl.startsWith('https:')) {
      if (trustProxy !== false) return ok('Secure, HttpOnly, SameSite=Lax, __Host-');
      return warning(
        'TRUST_PROXY is false, but TLS is terminated by a proxy',
        'Set TRUST_PROXY to that proxy; otherwise sign-in limits and the audit log see its address only.',
      );
    }
    // The configuration accepts http for this machine only.
    return ok('without Secure: PUBLIC_URL is http on this machine');
  },
};

function isLocal(publicUrl: string): boolean {
  const hostname = URL.parse(publicUrl)?.hostname ?? '';
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}
