import type { DemoSummary } from './start-demo.ts';

/** What a person reads in the terminal. */
export function announcement({ portal, tenants, users, sso }: DemoSummary): string {
  const width = Math.max(...users.map(({ email }) => email.length));
  const [tenant] = tenants;
  return `
The portal is running, with ${tenants.length} sandbox tenants in place of Qlik Cloud.

  Open  ${portal}

  Sign in with
${users.map(({ email, password, tenant: of }) => `    ${email.padEnd(width)}  ${password}   (${of})`).join('\n')}

  Tenants
${tenants.map(({ name, host }) => `    ${name.padEnd(8)}  ${host}`).join('\n')}

  Try
    Sign in as two people in two browsers: same sheets, different numbers.
    Click a bar: the selection runs on the tenant, as the signed-in person.
    Sign out, then press Back: nothing is shown.
${sso === undefined ? '' : `    Single sign-on: enter an e-mail of ${sso} at "Sign in with your company"; no password is asked.\n`}    Stop a tenant from issuing tokens: open pages keep working, new ones explain the wait.
      curl ${tenant?.host}/__sandbox/faults --json '{"kind":"status","status":503,"match":{"path":"/oauth/token"}}'
    Restore it:
      curl -X DELETE ${tenant?.host}/__sandbox/faults

Ctrl-C stops everything and deletes all data.
`;
}
