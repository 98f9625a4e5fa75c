import type { Command } from 'commander';
import type { z } from 'zod';
import { UsageError } from './console/failure.ts';

/**
 * Sets the action of a command. It gets arguments and options together, by name, as the schema has parsed them: an
 * invalid value is a usage error that names the option.
 */
export function work<Schema extends z.ZodType>(
  command: Command,
  schema: Schema,
  run: (input: z.output<Schema>) => Promise<void>,
): void {
  command.action(async () => {
    const values = command.registeredArguments.map((argument, index): [string, unknown] => [
      argument.name(),
      command.processedArgs[index],
    ]);
    const parsed = schema.safeParse({ ...command.optsWithGlobals(), ...Object.fromEntries(values) });
    if (!parsed.success) throw new UsageError(explain(command, parsed.error));
    await run(parsed.data);
  });
}

function explain(command: Command, error: z.ZodError): string {
  const options = [...command.options, ...(command.parent?.options ?? [])];
  const nameOf = (key: PropertyKey | undefined) =>
    options.find((option) => option.attributeName() === key)?.long ?? String(key);
  return error.issues.map(({ path, message }) => `${nameOf(path[0])}: ${message}`).join('\n');
}

/** For repeatable options. */
export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}
