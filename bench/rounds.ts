import type { ChildProcess } from 'node:child_process';
import type { LoadOptions, LoadResult } from './load-process.ts';
import { asked, said, start } from './process.ts';
import type { VariantOptions, VariantReady, VariantUse } from './variants/variant.ts';

export interface Variant {
  readonly name: string;
  readonly child: ChildProcess;
  readonly ready: VariantReady;
}

export interface Round extends LoadResult {
  /** CPU that an answer took, in µs: unlike the throughput it does not depend on who else uses the machine. */
  readonly cpuUs: number;
}

/** What each variant did with so many connections, by its name, a round for each. */
export type Rounds = ReadonlyMap<string, readonly Round[]>;

export async function startVariant(name: string, script: string, options: VariantOptions): Promise<Variant> {
  const child = start(`./variants/${script}`, options, 'measured');
  return { name, child, ready: await said<VariantReady>(child) };
}

/** Everybody in turn, round after round, so that what the machine does meanwhile befalls all alike. */
export async function measure(
  variants: readonly Variant[],
  { connections, seconds, rounds }: { connections: number; seconds: number; rounds: number },
): Promise<Rounds> {
  const results = new Map<string, Round[]>(variants.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const variant of variants) {
      results.get(variant.name)?.push(await load(variant, { connections, seconds }));
    }
  }
  return results;
}

export async function load(
  { name, child, ready }: Variant,
  { connections, seconds }: { connections: number; seconds: number },
): Promise<Round> {
  const before = await asked<VariantUse>(child);
  const options: LoadOptions = { ...ready, connections, seconds };
  const result = await said<LoadResult>(start('./load-process.ts', options, 'others'));
  const after = await asked<VariantUse>(child);
  if (result.failed > 0) throw new Error(`${name}: ${result.failed} requests failed`);
  return { ...result, cpuUs: ((after.cpuMs - before.cpuMs) * 1000) / result.answers };
}

/** Of one variant to another, round by round. */
export function ratios(rounds: Rounds, one: string, other: string): number[] {
  const others = rounds.get(other) ?? [];
  return (rounds.get(one) ?? []).map(
    ({ perSecond }, index) => perSecond / (others[index]?.perSecond ?? Number.NaN),
  );
}

export function cpuRatios(rounds: Rounds, one: string, other: string): number[] {
  const others = rounds.get(other) ?? [];
  return (rounds.get(one) ?? []).map(({ cpuUs }, index) => cpuUs / (others[index]?.cpuUs ?? Number.NaN));
}
