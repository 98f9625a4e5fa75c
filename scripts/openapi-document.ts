import { z } from 'zod';
import packageJson from '../package.json' with { type: 'json' };
import { ERROR_CODES, type ErrorCodeName } from '../src/domain/error-codes.ts';
import type { Answer, Operation } from '../src/web/http/operation.ts';
import { operations } from '../src/web/routes/operations.ts';
import { problem } from '../src/web/http/problem-document.ts';

type Json = Readonly<Record<string, unknown>>;

interface HeaderOptions {
  readonly required: boolean;
  readonly schema?: Json;
}

const DESCRIPTION = `What the portal answers, beside static files (\`/css\`, \`/js\`, \`/vendor\`).

Failures are problem documents with a stable \`code\`; people who open a page get a page in their place. Any address may
answer 405 \`method_not_allowed\` with \`Allow\`, and what is not here is 404 \`not_found\`. 401 comes only where the
person has to sign in. Requests that another site makes a browser send are refused with 403 \`cross_site_request\`.

Generated from \`src/web/routes\` by \`npm run docs\`.`;

/** The contract as OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.1.html). */
export function openApiDocument(): Json {
  const { version, description } = packageJson;
  const paths: Record<string, Record<string, Json>> = {};
  for (const [id, operation] of Object.entries(operations)) {
    (paths[operation.path] ??= {})[operation.method] = operationObject(id, operation);
  }
  return {
    openapi: '3.1.1',
    info: { title: 'Embed portal for Qlik Cloud', version, summary: description, description: DESCRIPTION },
    servers: [{ url: '/' }],
    tags: [
      { name: 'Qlik', description: 'What an embedding page needs' },
      { name: 'Account', description: 'What people do with their own account' },
      { name: 'Sign-in', description: 'Coming and going' },
      { name: 'Pages', description: 'For people' },
      { name: 'Operation', description: 'For those who run it' },
    ],
    paths,
    components: {
      schemas: namedSchemas(),
      securitySchemes: {
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: '__Host-portal',
          description: 'The session cookie; over http, on one machine, it is called `portal`.',
        },
      },
    },
  };
}

function operationObject(id: string, operation: Operation): Json {
  const { tag, summary, description, session, parameters, body } = operation;
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    security: { required: [{ session: [] }], sometimes: [{ session: [] }, {}], none: [] }[session],
    ...(parameters && {
      parameters: parameters.map(({ name, in: place, description: what }) => ({
        name,
        in: place,
        required: place === 'path',
        description: what,
        schema: { type: 'string' },
      })),
    }),
    ...(body && {
      requestBody: {
        required: true,
        content: Object.fromEntries(body.types.map((type) => [type, { schema: schemaOf(body.schema) }])),
      },
    }),
    responses: responsesOf(operation),
  };
}

function responsesOf({ path, answers, problems }: Operation): Json {
  const byStatus = Map.groupBy(problems, (code): number => ERROR_CODES[code].status);
  const statuses = new Set([...Object.keys(answers).map(Number), ...byStatus.keys()]);
  return Object.fromEntries(
    [...statuses]
      .toSorted((one, other) => one - other)
      .map((status) => {
        const codes = byStatus.get(status) ?? [];
        return [status, responseObject(answers[status], { status, codes, isApi: path.startsWith('/api/') })];
      }),
  );
}

function responseObject(
  answer: Answer | undefined,
  { status, codes, isApi }: { status: number; codes: readonly ErrorCodeName[]; isApi: boolean },
): Json {
  const content = new Map<string, Json>();
  for (const [type, schema] of Object.entries(answer?.content ?? {})) {
    content.set(type, { schema: schemaOf(schema) });
  }
  if (codes.length > 0) {
    content.set('application/problem+json', { schema: problemSchema(status, codes) });
    if (!isApi) content.set('text/html', { schema: { type: 'string' } });
  }
  const said = codes.map((code) => `\`${code}\`: ${ERROR_CODES[code].title}`);
  return {
    description: [answer?.description, ...said].filter((line) => line !== undefined).join('\n\n'),
    headers: {
      'X-Request-Id': header("The id of the request: the caller's own, or one made here.", {
        required: true,
      }),
      // A portal that is stopping sends no Retry-After.
      ...((status === 429 || status === 503) && {
        'Retry-After': header('Seconds after which it is worth trying again.', {
          required: status === 503 && answer === undefined,
          schema: { type: 'integer', minimum: 1 },
        }),
      }),
      ...Object.fromEntries(
        Object.entries(answer?.headers ?? {}).map(([name, what]) => [
          name,
          header(what, { required: name === 'Location' }),
        ]),
      ),
    },
    ...(content.size > 0 && { content: Object.fromEntries(content) }),
  };
}

function header(description: string, { required, schema = { type: 'string' } }: HeaderOptions): Json {
  return { description, required, schema };
}

function problemSchema(status: number, codes: readonly ErrorCodeName[]): Json {
  const properties = { status: { const: status }, code: { enum: codes } };
  return { allOf: [schemaOf(problem), { properties }] };
}

/** Schemas that have a name are components; the others stand where they are used. */
function schemaOf(schema: z.ZodType): Json {
  const id = schema.meta()?.id;
  if (id !== undefined) return { $ref: `#/components/schemas/${id}` };
  const { $schema: _, ...bare } = z.toJSONSchema(schema, { override });
  return bare;
}

function namedSchemas(): Json {
  // Where each schema with an `id` is, since its module was loaded.
  const { schemas } = z.toJSONSchema(z.globalRegistry, {
    io: 'input',
    uri: (id) => `#/components/schemas/${id}`,
    override,
  });
  return Object.fromEntries(
    Object.entries(schemas)
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([id, { $schema: _schema, $id: _id, id: _name, ...schema }]) => [id, schema]),
  );
}

/** Without what says nothing to a reader: patterns that spell out a format, the limits of JavaScript's numbers. */
function override({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  delete jsonSchema.readOnly;
}
