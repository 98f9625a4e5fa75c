import supertest from 'supertest';
import {
  startDemoIdentityProvider,
  type DemoClient,
  type DemoPerson,
} from '../../scripts/demo/identity-provider.ts';
import { PUBLIC_URL } from './portal.ts';

export interface CompanyOptions {
  /** The portal's name for the provider. */
  readonly id: string;
  readonly people: readonly DemoPerson[];
  readonly client?: Partial<DemoClient>;
  /** Fields of its entry in SSO_PROVIDERS. */
  readonly configuration?: Readonly<Record<string, unknown>>;
}

export type Company = Awaited<ReturnType<typeof startCompany>>;

/** A company with a real `oidc-provider` that knows the portal, and people who can be changed. */
export async function startCompany({ id, people, client, configuration }: CompanyOptions) {
  const staff = [...people];
  const secret = `client secret of ${id}`;
  const portal = { url: '' };
  const deliveries: number[] = [];
  const provider = await startDemoIdentityProvider({
    port: 0,
    users: staff,
    clients: [
      {
        clientId: `portal-at-${id}`,
        clientSecret: secret,
        redirectUri: `${PUBLIC_URL}/login/sso/${id}/callback`,
        postLogoutRedirectUri: `${PUBLIC_URL}/login/signed-out`,
        backChannelLogoutUri: `${PUBLIC_URL}/login/sso/${id}/backchannel-logout`,
        ...client,
      },
    ],
    // The portal of a test listens elsewhere than at its public address.
    fetch: async (url, request) => {
      const answer = await fetch(new Request(url).url.replace(PUBLIC_URL, portal.url), request);
      deliveries.push(answer.status);
      return answer;
    },
  });
  return {
    issuer: provider.issuer,
    secret,
    /** Its entry in SSO_PROVIDERS. */
    configuration: {
      id,
      issuer: provider.issuer,
      clientId: `portal-at-${id}`,
      clientSecret: secret,
      tenant: id,
      emailDomains: [`${id}.example`],
      groupsClaim: 'groups',
      groups: { analysts: 'Analysts', europe: 'Europe' },
      jit: true,
      ...configuration,
    },
    staff,
    /** What the portal answered to logout tokens. */
    deliveries,
    /** Where the portal of this test listens: for logout tokens. */
    reaches(url: string) {
      portal.url = url;
    },
    /** A browser as this company's provider knows it. */
    browser: () => atProvider(provider.issuer),
    close: () => provider.close(),
  };
}

/** A browser as the provider at this address knows it. */
export function atProvider(issuer: string) {
  const agent = supertest.agent(issuer);
  const local = (url: string) => {
    if (!url.startsWith(issuer) && !url.startsWith('/')) throw new Error(`away from the provider: ${url}`);
    return url.startsWith('/') ? url : url.slice(issuer.length);
  };
  return {
    /**
     * Signs in (or cancels) at the provider, silently where it knows the browser already; returns the address with
     * which it sends the browser back.
     */
    async approve(
      authorizationUrl: string,
      answer: { subject: string } | { cancel: 'yes' },
    ): Promise<string> {
      let { location = '' } = (await agent.get(local(authorizationUrl))).headers as Record<string, string>;
      if (location.includes('/interaction/')) {
        const asked = await agent.post(local(location)).type('form').send(answer);
        location = asked.headers['location'] as string;
        if (location.startsWith(issuer))
          location = (await agent.get(local(location))).headers['location'] as string;
      }
      return location;
    },
    /** Follows the way out of the portal and confirms; returns where it ends. */
    async signOut(endSessionUrl: string): Promise<string> {
      const page = await agent.get(local(endSessionUrl));
      const xsrf = /name="xsrf" value="([^"]+)"/.exec(page.text)?.[1];
      const action = /action="([^"]+)"/.exec(page.text)?.[1];
      if (xsrf === undefined || action === undefined) throw new Error(`no sign-out form: ${page.text}`);
      const done = await agent.post(local(action)).type('form').send({ xsrf, logout: 'yes' });
      return done.headers['location'] as string;
    },
  };
}
