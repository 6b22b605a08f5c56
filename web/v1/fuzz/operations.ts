import fc, { type Arbitrary } from 'fast-check';
import { type Guide, type Schema, valuesOf } from './schema-values.ts';

type Content = Record<string, { schema?: Schema }>;
type Operation = {
  parameters?: { name: string; in: 'path' | 'query' | 'header'; required: boolean; schema: Schema }[];
  requestBody?: { content: Content };
  responses: Record<string, { content?: Content }>;
};
/** As much of the OpenAPI document as is needed to ask by it. */
export type Document = {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
};

export type Route = { method: string; path: string } & Operation;

export function routesOf({ paths }: Document): Route[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
  );
}

export type Asked = { path: string; method: string; headers: Record<string, string>; body: string | FormData | null };

/**
 * Requests as the route describes them, or nearly; every other one of what is there, at `place`, and every other one
 * without a query. `picture` is what is sent as a file.
 */
export function requestsOf(
  route: Route,
  { guide, place, picture }: { guide: Guide; place: Record<string, string>; picture: Blob },
): Arbitrary<Asked> {
  const [mediaType, content] = Object.entries(route.requestBody?.content ?? {})[0] ?? [];
  const parts = fc.record({
    path: fc.oneof(fc.constant(place), parametersOf(route, 'path', guide)),
    query: fc.oneof(fc.constant({}), parametersOf(route, 'query', guide)),
    header: parametersOf(route, 'header', { ...guide, wrong: 0 }),
    body: content?.schema ? valuesOf(content.schema, guide) : fc.constant(undefined),
  });
  return parts.map(({ path, query, header, body }) => {
    const form = mediaType === 'multipart/form-data';
    return {
      method: route.method,
      path: writePath(route.path, asRecord(path)) + writeQuery(asRecord(query)),
      headers: {
        ...writeHeaders(asRecord(header)),
        ...(mediaType && !form ? { 'content-type': mediaType } : {}),
      },
      body: body === undefined ? null : form ? writeForm(asRecord(body), picture) : JSON.stringify(body),
    };
  });
}

function parametersOf({ parameters = [] }: Route, place: string, guide: Guide): Arbitrary<unknown> {
  const own = parameters.filter((parameter) => parameter.in === place);
  if (own.length === 0) return fc.constant({});
  return valuesOf(
    {
      type: 'object',
      properties: Object.fromEntries(own.map(({ name, schema }) => [name, schema])),
      required: own.flatMap(({ name, required }) => (required ? [name] : [])),
    },
    guide,
  );
}

const asRecord = (value: unknown) =>
  (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
const asText = (value: unknown) => (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).toWellFormed();

/** Dots alone, or nothing, would be another path. */
function writePath(path: string, values: Record<string, unknown>): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name) => encodeURIComponent(asText(values[name]).replace(/^\.*$/, 'dots')));
}

function writeQuery(values: Record<string, unknown>): string {
  const pairs = Object.entries(values).map(([name, value]): [string, string] => [name.toWellFormed(), asText(value)]);
  return pairs.length ? `?${new URLSearchParams(pairs)}` : '';
}

/** Only signs that a header may carry. */
function writeHeaders(values: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, asText(value).replaceAll(/[^\x20-\x7e\xa0-\xff]/g, '')]),
  );
}

function writeForm(values: Record<string, unknown>, picture: Blob): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(values)) {
    if (name === 'image') form.append(name, picture, 'a.png');
    else form.append(name.toWellFormed(), asText(value));
  }
  return form;
}
