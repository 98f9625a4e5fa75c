import { randomBytes } from 'node:crypto';
import type { Portal } from '../../src/compose/portal.ts';
import { startDemoIdentityProvider } from './identity-provider.ts';
import type { Customer } from './people.ts';

export interface CompanySignIn {
  /** What the portal's configuration needs to know of it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Lets the customer's people, whose accounts exist by now, come in by it. */
  open(portal: Portal): Promise<void>;
  close(): Promise<void>;
}

/** Gives a customer an identity provider of its own, where each of its people can sign in. */
export async function startCompanySignIn(
  { id, people }: Customer,
  { publicUrl, port }: { readonly publicUrl: string; readonly port: number },
): Promise<CompanySignIn> {
  const client = { clientId: 'portal', clientSecret: randomBytes(32).toString('base64url') };
  const subjectOf = (email: string) => `${id}:${email}`;
  const provider = await startDemoIdentityProvider({
    port,
    clients: [
      {
        ...client,
        redirectUri: `${publicUrl}/login/sso/${id}/callback`,
        postLogoutRedirectUri: `${publicUrl}/login/signed-out`,
        backChannelLogoutUri: `${publicUrl}/login/sso/${id}/backchannel-logout`,
      },
    ],
    users: people.map(({ name, email }) => ({ subject: subjectOf(email), name, email, emailVerified: true })),
  });
  const domains = new Set(people.map(({ email }) => email.replace(/^.*@/, '')));
  const configured = { id, ...client, issuer: provider.issuer, tenant: id, emailDomains: [...domains] };
  return {
    environment: {
      SSO_PROVIDERS: JSON.stringify([configured]),
      INSECURE_ALLOW_LOOPBACK_ISSUERS: 'true',
    },
    async open({ storage }) {
      for (const { email } of people) {
        const user = await storage.accounts.findByEmail(email);
        if (user !== undefined) {
          await storage.identities.add({ issuer: provider.issuer, subject: subjectOf(email) }, user.id);
        }
      }
    },
    close: () => provider.close(),
  };
}
