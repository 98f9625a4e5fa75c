import { z } from 'zod';

/** A problem document (RFC 9457). */
export const problem = z
  .strictObject({
    type: z.string().regex(/^urn:problem-type:portal:[a-z_]+$/),
    title: z.string().min(1).meta({ description: 'One line for a developer; the same for each occurrence.' }),
    status: z.int().min(400).max(599),
    detail: z.string().min(1).meta({ description: 'What can be done about it.' }),
    code: z
      .string()
      .regex(/^[a-z_]+$/)
      .meta({ description: 'Stable. Programs decide by it.' }),
    traceId: z
      .string()
      .min(1)
      .meta({ description: 'The id of the request: the log of the portal knows the failure by it.' }),
  })
  .meta({
    id: 'Problem',
    description:
      'A failure ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)); `docs/error-codes.md` explains every code.',
  });

export type Problem = z.infer<typeof problem>;
