import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { errorCodes } from '../../core/index.ts';
import { startTestRest, type TestRest } from '../../test/support/rest.ts';
import { errorSchema, generationSchema, imageSchema } from './schemas.ts';

let rest: TestRest;
let text: string;
let etag: string | null;
beforeAll(async () => {
  rest = await startTestRest();
  const response = await fetch(`${rest.url}/openapi.json`);
  etag = response.headers.get('etag');
  text = await response.text();
});
afterAll(() => rest.close());

type Operation = {
  operationId: string;
  security: object[];
  responses: Record<string, { content?: object }>;
  requestBody?: { content: { 'application/json'?: { schema: { $ref?: string } } } };
};
type Document = {
  openapi: string;
  servers: object[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, { properties: object }> };
};

it('is a valid OpenAPI 3.1 document by the official meta-schema, and every reference leads somewhere', async () => {
  const document = JSON.parse(text) as Document;
  expect(document.openapi).toMatch(/^3\.1\./);
  expect(document.servers).toEqual([{ url: rest.url }]);
  const validator = new Validator();
  expect(await validator.validate(JSON.parse(text))).toEqual({ valid: true });
  expect(validator.version).toBe('3.1');
  const referred = [...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name);
  expect(Object.keys(document.components.schemas)).toEqual(expect.arrayContaining(referred));
  expect(text).not.toContain('$defs');
  expect(text).not.toContain(String(Number.MAX_SAFE_INTEGER));
});

it('is served with an ETag', async () => {
  const again = await fetch(`${rest.url}/openapi.json`, { headers: { 'if-none-match': etag ?? '' } });
  expect(again.status).toBe(304);
});

it('tells of the schemas that validate', () => {
  const { paths, components } = JSON.parse(text) as Document;
  const create = paths['/v1/generations']?.post;
  expect(create?.requestBody?.content['application/json']?.schema.$ref).toBe('#/components/schemas/NewGeneration');
  for (const [name, schema] of Object.entries({ Generation: generationSchema, Image: imageSchema, Error: errorSchema }))
    expect(Object.keys(components.schemas[name]?.properties ?? {})).toEqual(Object.keys(schema.shape));
  const ids = Object.values(paths).flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId));
  expect(new Set(ids).size).toBe(ids.length);
});

it('describes routes that are there, each behind a key unless it says otherwise', async () => {
  const { paths } = JSON.parse(text) as Document;
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, { security }] of Object.entries(methods)) {
      const address = rest.url + path.replaceAll(/\{\w+\}/g, 'nothing');
      const { status } = await fetch(address, { method: method.toUpperCase() });
      expect([method, path, status]).toEqual([method, path, security.length ? 401 : 404]);
    }
  }
});

it('answers what the document says', async () => {
  const { ask } = await rest.developer();
  const made = await ask('/v1/generations', { json: { prompt: 'a red fox' }, headers: { prefer: 'wait=30' } });
  const generation = generationSchema.strict().parse(await made.json());
  imageSchema.strict().parse(await (await ask(`/v1/images/${generation.images[0]?.id}`)).json());
  const refused = await ask('/v1/generations', { json: {} });
  const { error } = errorSchema.strict().parse(await refused.json());
  expect(errorCodes[error.code as keyof typeof errorCodes]).toBe(refused.status);
});
