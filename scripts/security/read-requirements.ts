import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';

const requirement = z.strictObject({
  id: z.string(),
  asks: z.string(),
  state: z.enum(['met', 'partly', 'not met', 'ops']),
  reason: z.string().min(5).optional(),
});

const schema = z.strictObject({
  standards: z.array(
    z.strictObject({
      tag: z.enum(['ASVS', 'RFC 10017']),
      title: z.string(),
      note: z.string().optional(),
      chapters: z.array(
        z.strictObject({
          title: z.string().optional(),
          requirements: z.array(requirement),
          notApplicable: z
            .array(z.strictObject({ ids: z.array(z.string()), reason: z.string() }))
            .default([]),
        }),
      ),
    }),
  ),
});

export type Requirement = z.infer<typeof requirement>;
export type Standard = z.infer<typeof schema>['standards'][number];

/** The standards' requirements, from docs/security/requirements.yaml. */
export function readRequirements(): readonly Standard[] {
  return schema.parse(parse(readFileSync('docs/security/requirements.yaml', 'utf8'))).standards;
}

/** `6.2.2.4, 6.1.2.3` → `6.2.2.4`: the id that tests carry. */
export function testedId({ id }: Requirement): string {
  return id.replace(/,.*/, '');
}
