import type { DevelopmentSummary } from './start-development.ts';

/** What a person reads in the terminal. */
export function announcement({ portal, tenants, users, environmentFile }: DevelopmentSummary): string {
  const width = Math.max(...users.map(({ email }) => email.length));
  return `
The portal runs at ${portal} and restarts when src/ or public/ change.

${users.map(({ email, password, tenant }) => `  ${email.padEnd(width)}  ${password}   (${tenant})`).join('\n')}

${tenants.map(({ name, host }) => `  ${name.padEnd(8)}  ${host}`).join('\n')}

The command line, on this portal:  node --env-file=${environmentFile} bin/portal.js user list
Ctrl-C stops everything.
`;
}
