import { z } from 'zod';
import { parse, SandboxError } from './errors.ts';

export interface PatchOperation {
  op: string;
  path: string;
  value?: unknown;
}

const document = z
  .array(z.object({ op: z.string(), path: z.string(), value: z.unknown().optional() }))
  .min(1)
  .max(100);

/** A JSON Patch (RFC 6902) whose every operation and path the resource allows; else 400, and nothing is changed. */
export function parsePatch(
  body: unknown,
  { operations, paths }: { operations: readonly string[]; paths: readonly string[] },
): PatchOperation[] {
  const patch = parse(document, body);
  for (const [index, { op, path }] of patch.entries()) {
    if (!operations.includes(op)) throw new SandboxError(400, `${index}.op: not supported`);
    if (!paths.includes(path)) throw new SandboxError(400, `${index}.path: cannot be patched`);
  }
  return patch;
}
