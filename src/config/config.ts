import { readFileSync } from 'node:fs';
import { config as loadDotenv } from 'dotenv';
import { describeVariable, environmentSchema, variables, type Config } from './environment.ts';
import { ConfigError, type Fault } from './faults.ts';

export { ConfigError } from './faults.ts';
export type { Config } from './environment.ts';

type Environment = Readonly<Record<string, string | undefined>>;
type ReadFile = (path: string) => string;

/**
 * Reads the configuration once, at start: `process.env`, filled up from `.env` where a variable is absent.
 * `NAME_FILE` gives a secret by the path of a file (Docker and Kubernetes secrets) instead of by value.
 * @throws {ConfigError} with every fault at once.
 */
export function loadConfig(): Config {
  loadDotenv({ quiet: true });
  return parseConfig(process.env, (path) => readFileSync(path, 'utf8'));
}

/** The pure part of {@link loadConfig}. */
export function parseConfig(environment: Environment, readFile: ReadFile): Config {
  const { values, faults } = collect(environment, readFile);
  const parsed = environmentSchema.safeParse(values);
  if (!parsed.success) {
    const unreadable = new Set(faults.map(({ variable }) => variable));
    for (const { path, message } of parsed.error.issues) {
      const variable = String(path[0]);
      if (unreadable.has(`${variable}_FILE`)) continue;
      faults.push({ variable, problem: message, example: exampleOf(variable) });
    }
  }
  if (faults.length > 0 || !parsed.success) throw new ConfigError(faults);
  return deepFreeze(parsed.data);
}

function collect(environment: Environment, readFile: ReadFile) {
  const values: Record<string, string> = {};
  const faults: Fault[] = [];
  for (const [name, schema] of Object.entries(variables.shape)) {
    const value = environment[name];
    // An empty variable is how Compose files and shells say "not set".
    if (value) values[name] = value;
    const path = describeVariable(schema).secret ? environment[`${name}_FILE`] : undefined;
    if (!path) continue;
    if (value) faults.push({ variable: name, problem: `is set twice: here and by ${name}_FILE` });
    try {
      values[name] = readFile(path).trim();
    } catch {
      faults.push({ variable: `${name}_FILE`, problem: 'names a file that cannot be read' });
    }
  }
  return { values, faults };
}

function exampleOf(variable: string): string | undefined {
  const entry = Object.entries(variables.shape).find(([name]) => name === variable);
  if (entry === undefined) return undefined;
  const { example, default: standard } = describeVariable(entry[1]);
  return example ?? standard;
}

function deepFreeze<Value>(value: Value): Value {
  // Bytes cannot be frozen; only the sealing code holds them.
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}
