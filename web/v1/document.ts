import { z } from 'zod';
import { type ErrorCode, errorCodes } from '../../core/index.ts';
import type { RouteDescription } from './openapi.ts';
import { errorSchema } from './schemas.ts';

/** What every route behind a key may answer, besides its own refusals. */
const behindKey: ErrorCode[] = [
  'key_missing',
  'key_invalid',
  'key_revoked',
  'key_expired',
  'key_misplaced',
  'scope_missing',
  'account_suspended',
  'too_many_attempts',
];
const anywhere: ErrorCode[] = ['internal', 'unavailable'];

type Json = { [name: string]: unknown };
type Components = Record<string, Json>;

/** The OpenAPI 3.1 document of the routes. `explain` gives the words of a refusal. */
export function createDocument({
  routes,
  publicUrl,
  version,
  explain,
}: {
  routes: readonly RouteDescription[];
  publicUrl: string;
  version: string;
  explain(code: ErrorCode): string;
}): Json {
  const components: Components = {};
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method]: toOperation(route, components, explain) };
  }
  toSchema(errorSchema, 'output', components);
  return {
    openapi: '3.1.1',
    info: {
      title: 'Easel',
      version,
      summary: 'Pictures from words, over HTTP.',
      description: introduction,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: publicUrl }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    security: [{ key: [] }],
    paths,
    components: {
      schemas: components,
      securitySchemes: {
        key: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'esl_live_…',
          description: 'A key of yours, `esl_…`: shown once, when it is made.',
        },
      },
    },
  };
}

const introduction = `Ask for pictures and follow what becomes of them. Every request carries \`Authorization: Bearer esl_…\`.

Your first key you make in any chat that is linked to your account, by the command *apikey*, or the operator makes it for you. Further ones are made by \`POST /v1/api-keys\`, with a key that has the scope \`manage\`.

Refusals have one shape, \`{"error": {"type", "code", "message", "param?", "receipt?"}}\`: decide by \`code\`, which never changes its meaning. 429 comes with \`Retry-After\` and a receipt that says which limit was met; every answer carries \`RateLimit-*\`. Times are ISO 8601 in UTC. Lists are \`{"data", "next_cursor"}\`.`;

function toOperation(route: RouteDescription, components: Components, explain: (code: ErrorCode) => string): Json {
  const { method, path, tag, summary, description, scope, request } = route;
  const content = (schema: Json, type = 'application/json', example?: unknown) => ({
    [type]: { schema, ...(example === undefined ? {} : { example }) },
  });
  const parameters = [
    ...toParameters(route.params, 'path', components),
    ...toParameters(route.query, 'query', components),
    ...toParameters(route.headers, 'header', components),
  ];
  return {
    operationId: nameOf(method, path),
    tags: [tag],
    summary,
    ...(description ? { description } : {}),
    ...(scope ? { security: [{ key: [] }], 'x-scope': scope } : { security: [] }),
    ...(parameters.length ? { parameters } : {}),
    ...(request
      ? {
          requestBody: {
            required: true,
            content: content(toSchema(request.body, 'input', components), request.contentType, request.example),
          },
        }
      : {}),
    responses: {
      ...Object.fromEntries(
        Object.entries(route.responses).map(([status, { schema, contentType, example, headers, ...said }]) => [
          status,
          {
            description: said.description,
            ...(headers ? { headers: toHeaders(headers) } : {}),
            ...(schema ? { content: content(toSchema(schema, 'output', components), contentType, example) } : {}),
            ...(!schema && contentType ? { content: { [contentType]: {} } } : {}),
          },
        ]),
      ),
      ...toRefusals(route, explain),
    },
  };
}

/** A refusal a status, with the codes that come with it. */
function toRefusals({ scope, errors = [] }: RouteDescription, explain: (code: ErrorCode) => string) {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of new Set([...errors, ...(scope ? behindKey : []), ...anywhere])) {
    byStatus.set(errorCodes[code], [...(byStatus.get(errorCodes[code]) ?? []), code]);
  }
  const schema = { $ref: '#/components/schemas/Error' };
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: codes.map((code) => `\`${code}\`: ${explain(code)}`).join('\n\n'),
        ...(status === 429
          ? { headers: toHeaders({ 'Retry-After': 'Whole seconds', 'RateLimit-Remaining': 'What is left' }) }
          : {}),
        content: { 'application/json': { schema } },
      },
    ]),
  );
}

const toHeaders = (headers: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [name, { description, schema: { type: 'string' } }]),
  );

function toParameters(schema: z.ZodObject | undefined, place: 'path' | 'query' | 'header', components: Components) {
  if (!schema) return [];
  const { properties = {}, required = [] } = toSchema(schema, 'input', components) as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...type }]) => ({
    name,
    in: place,
    ...(description ? { description } : {}),
    required: place === 'path' || required.includes(name),
    schema: type,
  }));
}

/** The schema as OpenAPI has it; what has a name of its own becomes a component and is referred to. */
function toSchema(schema: z.ZodType, io: 'input' | 'output', components: Components): Json {
  const { $schema: _, $defs, ...own } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json;
  for (const [name, definition] of Object.entries(($defs ?? {}) as Components)) {
    components[name] = refer(definition) as Json;
  }
  return refer(own) as Json;
}

/**
 * Points from a schema's own definitions to the document's; leaves out ids, patterns that say less than formats, and
 * bounds that are those of any whole number, which pages would show as examples.
 */
function refer(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(refer);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, content]) => {
      if (name === '$ref' && typeof content === 'string')
        return [[name, content.replace('#/$defs/', '#/components/schemas/')]];
      if (typeof content === 'number' && Math.abs(content) === Number.MAX_SAFE_INTEGER) return [];
      if (typeof content === 'string' && (name === 'id' || (name === 'pattern' && 'format' in value))) return [];
      return [[name, refer(content)]];
    }),
  );
}

/** `post /v1/generations/{id}/cancel` → `postGenerationsIdCancel`. */
function nameOf(method: string, path: string): string {
  const parts = path.replace(/^\/v1/, '').match(/[a-z0-9]+/gi) ?? [];
  return method + parts.map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join('');
}
