import type { Cluster } from './start-cluster.ts';

const SHOWN = 4;

/** What a person reads in the terminal. */
export function clusterAnnouncement({ url, replicas, users, region }: Cluster): string {
  const people = [...users].filter(({ email }) => !email.startsWith('analyst-')).slice(0, SHOWN);
  const width = Math.max(...people.map(({ email }) => email.length));
  return `
${replicas.length} portals are running behind a load balancer, over one PostgreSQL and one Redis.

  Open  ${url}

  Sign in with
${people.map(({ email, password, tenant }) => `    ${email.padEnd(width)}  ${password}   (${tenant})`).join('\n')}

  Portals
${replicas.map(({ name, url: own, pid }) => `    ${name}  ${own}  pid ${String(pid())}`).join('\n')}

  Tenants
${region.tenants.map(({ name, host }) => `    ${name.padEnd(8)}  ${host}`).join('\n')}

  Try
    Sign in, then end the portal that answered: kill ${String(replicas[0]?.pid())}
    The page goes on with the others, and nobody has to sign in again.
    Break everything in turn, with people at work: npm run demo:cluster -- --drill

Ctrl-C stops everything and leaves nothing behind.
`;
}
