import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import type { Response } from 'supertest';
import { z } from 'zod';

const content = z.record(z.string(), z.strictObject({ schema: z.looseObject({}) }));
const documentShape = z.looseObject({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.looseObject({
        operationId: z.string(),
        requestBody: z.looseObject({ content }).optional(),
        responses: z.record(
          z.string(),
          z.looseObject({
            headers: z.record(z.string(), z.looseObject({ required: z.boolean().optional() })).optional(),
            content: content.optional(),
          }),
        ),
      }),
    ),
  ),
});

/** docs/openapi.json as a program reads it that knows nothing of the portal but this document. */
export function readContract() {
  const document = documentShape.parse(JSON.parse(readFileSync('docs/openapi.json', 'utf8')));
  const { paths } = document;
  // Not strict: the document around the schemas has keywords of its own. The OpenAPI validator reads it whole.
  const ajv = new Ajv2020({ strict: false, allErrors: true, formats: fullFormats });
  ajv.addSchema(document, 'contract');

  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => Object.assign({ path, method }, operation)),
  );

  function find(id: string) {
    const found = operations.find(({ operationId }) => operationId === id);
    if (found === undefined) throw new Error(`the document has no operation ${id}`);
    return found;
  }

  /** What is wrong with a value, by the schema at that place in the document. */
  function faults(pointer: readonly string[], value: unknown): readonly string[] {
    const parts = pointer.map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1'));
    const reference = { $ref: `contract#/${parts.map((part) => encodeURIComponent(part)).join('/')}` };
    const validate = ajv.compile(reference);
    return validate(value)
      ? []
      : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  }

  return {
    document,
    operations,
    /** What the document says of a body that is sent. */
    bodyFaults(id: string, type: string, body: unknown): readonly string[] {
      const { path, method } = find(id);
      return faults(['paths', path, method, 'requestBody', 'content', type, 'schema'], body);
    },
    /** Where an answer is not as the document says. */
    answerFaults(id: string, answer: Response): readonly string[] {
      const { path, method, responses } = find(id);
      const documented = responses[answer.status];
      if (documented === undefined) return [`${answer.status} is not documented`];
      const missing = Object.entries(documented.headers ?? {})
        .filter(([name, header]) => header.required === true && answer.get(name) === undefined)
        .map(([name]) => `no ${name}`);
      // The few words in a redirect are for nobody.
      if (answer.status < 400 && answer.status >= 300) return missing;
      const type = answer.get('Content-Type')?.split(';', 1)[0];
      if (type === undefined) return answer.text === '' ? missing : [...missing, 'a body without a type'];
      if (documented.content?.[type] === undefined) return [...missing, `${type} is not documented`];
      const pointer = ['paths', path, method, 'responses', String(answer.status), 'content', type, 'schema'];
      const value: unknown = type === 'text/html' ? answer.text : JSON.parse(answer.text);
      return [...missing, ...faults(pointer, value)];
    },
  };
}
