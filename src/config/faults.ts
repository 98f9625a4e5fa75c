export interface Fault {
  readonly variable: string;
  /** Never quotes the value: it may be a secret. */
  readonly problem: string;
  readonly example?: string | undefined;
}

/** All faults of the configuration, as one report for ops. */
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
  return `Invalid configuration (${faults.length} to correct; docs/configuration.md explains each):\n${lines.join('\n')}`;
}
