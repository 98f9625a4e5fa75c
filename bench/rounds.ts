import type { ChildProcess } from 'node:child_process';
import { type LoadResult, loadTokens } from './load.ts';
import { asked, deployedOptions, said, start } from './process.ts';
import type { VariantOptions, VariantReady, VariantUse } from './variants/variant.ts';

export interface Variant {
  readonly name: string;
  readonly child: ChildProcess;
  readonly ready: VariantReady;
}

export interface Round extends LoadResult {
  readonly perSecond: number;
  /** CPU that an answer took, in µs: unlike the throughput it does not depend on who else uses the machine. */
  readonly cpuUs: number;
  /** Bytes, when the round was over. */
  readonly rss: number;
}

/** What each variant did with so many connections, by its name, a round for each. */
export type Rounds = ReadonlyMap<string, readonly Round[]>;

export async function startVariant(name: string, script: string, options: VariantOptions): Promise<Variant> {
  const nodeOptions = script === 'portal.ts' ? deployedOptions : [];
  const child = start(`./variants/${script}`, options, 'measured', nodeOptions);
  return { name, child, ready: await said<VariantReady>(child) };
}

export interface Timing {
  readonly connections: number;
  readonly seconds: number;
  readonly directory: string;
}

/** Everybody in turn, round after round, so that what the machine does meanwhile befalls all alike. */
export async function measure(
  variants: readonly Variant[],
  { rounds, ...timing }: Timing & { rounds: number },
): Promise<Rounds> {
  const results = new Map<string, Round[]>(variants.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const variant of variants) {
      results.get(variant.name)?.push(await load(variant, timing));
    }
  }
  return results;
}

export async function load({ name, child, ready }: Variant, timing: Timing): Promise<Round> {
  const before = await asked<VariantUse>(child);
  const result = await loadTokens({ ...ready, ...timing });
  const after = await asked<VariantUse>(child);
  if (result.failed > 0) throw new Error(`${name}: ${result.failed} requests failed`);
  return {
    ...result,
    perSecond: result.answers / result.seconds,
    rss: after.rss,
    cpuUs: ((after.cpuMs - before.cpuMs) * 1000) / result.answers,
  };
}

/** What one variant did to what another did, round by round. */
export function ratios(
  rounds: Rounds,
  of: 'perSecond' | 'cpuUs' | 'rss',
  [one, other]: readonly [string, string],
): number[] {
  const others = rounds.get(other) ?? [];
  return (rounds.get(one) ?? []).map((round, index) => round[of] / (others[index]?.[of] ?? Number.NaN));
}
