/** One thing that was measured, with what issue or taste demands of it. */
export interface Figure {
  readonly name: string;
  /** The median of the rounds. */
  readonly value: number;
  /** Highest minus lowest of the rounds: what this machine moved by, just now. */
  readonly spread: number;
  readonly goal?: { readonly atLeast: number } | { readonly atMost: number } | { readonly exactly: number };
  readonly unit?: string;
}

/** The figure of several rounds. */
export function figure(
  name: string,
  rounds: readonly number[],
  rest: Pick<Figure, 'goal' | 'unit'> = {},
): Figure {
  const sorted = rounds.toSorted((a, b) => a - b);
  const value = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  return { name, value, spread: (sorted.at(-1) ?? 0) - (sorted[0] ?? 0), ...rest };
}

/** Missed by more than the noise: only then is it the code's fault. */
export function isMissed({ value, spread, goal }: Figure): boolean {
  if (goal === undefined) return false;
  if (Number.isNaN(value)) return true;
  if ('atLeast' in goal) return value + spread < goal.atLeast;
  if ('atMost' in goal) return value - spread > goal.atMost;
  return value !== goal.exactly;
}

export function describeFigure(one: Figure): string {
  const { name, value, spread, goal, unit = '' } = one;
  const measured = `${short(value)}${unit}`.padStart(12);
  const noise = (spread === 0 ? '' : `± ${short(spread)}`).padEnd(10);
  return `${name.padEnd(62)}${measured} ${noise} ${describeGoal(goal).padEnd(12)} ${verdict(one)}`;
}

function describeGoal(goal: Figure['goal']): string {
  if (goal === undefined) return '';
  if ('atLeast' in goal) return `≥ ${short(goal.atLeast)}`;
  if ('atMost' in goal) return `≤ ${short(goal.atMost)}`;
  return `= ${goal.exactly}`;
}

function verdict(one: Figure): string {
  const { value, goal } = one;
  if (goal === undefined) return '';
  if (isMissed(one)) return 'MISSED';
  const met = 'atLeast' in goal ? value >= goal.atLeast : 'atMost' in goal ? value <= goal.atMost : true;
  return met ? 'met' : 'within the noise';
}

function short(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', { maximumFractionDigits: digits });
}
