export interface Fault {
  readonly variable: string;
  /** Never quotes the value: it may be a secret. */
  readonly problem: string;
  readonly example?: string | undefined;
}

/** Everything that is wrong with the configuration, as one report for ops. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    super(report(faults));
    this.faults = faults;
  }
}

function report(faults: readonly Fault[]): string {
  const lines = faults.map(({ variable, problem, example }) => {
    return `  ${variable}: ${problem}${example === undefined ? '' : `\n      example: ${variable}=${example}`}`;
  });
  return `The configuration is not usable (${faults.length} to mend; .env.example explains each):\n${lines.join('\n')}`;
}
