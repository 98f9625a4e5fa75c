import type { ChildProcess } from 'node:child_process';
import { type Figure, figure } from './figures.ts';
import { asked } from './process.ts';
import type { Variant } from './rounds.ts';

/** How many exchanges the tenant sees while everybody asks every replica at once, first cold, then warm. */
export async function countExchanges(
  where: string,
  { tenant, replicas, users }: { tenant: ChildProcess; replicas: readonly Variant[]; users: number },
): Promise<Figure[]> {
  const exchanges = async () => (await asked<{ exchanges: number }>(tenant)).exchanges;
  await exchanges();
  await everybodyAsks(replicas);
  const cold = await exchanges();
  await everybodyAsks(replicas);
  const warm = await exchanges();
  return [
    figure(`exchanges, ${users} users, ${where}, cold`, [cold], { goal: { exactly: users } }),
    figure(`exchanges, ${users} users, ${where}, warm`, [warm], { goal: { exactly: 0 } }),
  ];
}

/** Two tabs each, all at once. */
export async function everybodyAsks(replicas: readonly Variant[]): Promise<void> {
  const requests = replicas.flatMap(({ ready }) =>
    [...ready.cookies, ...ready.cookies].map(async (cookie) => {
      const { status } = await fetch(`${ready.url}/api/qlik-token`, { headers: { cookie } });
      if (status !== 200) throw new Error(`a token request was answered with ${status}`);
    }),
  );
  await Promise.all(requests);
}
