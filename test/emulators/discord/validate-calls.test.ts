import { describe, expect, it } from 'vitest';
import type { RecordedCall } from './rest/calls.ts';
import { createCallValidator } from './validate-calls.ts';

/** A description in the vendor's manner: a path parameter, references, a union told apart by `type`. */
const description = {
  openapi: '3.1.0',
  paths: {
    '/things/{thing_id}': {
      parameters: [{ name: 'thing_id', in: 'path' }],
      post: {
        parameters: [{ name: 'wait', in: 'query' }],
        requestBody: {
          content: {
            'application/json': {
              schema: { anyOf: [{ $ref: '#/components/schemas/Text' }, { $ref: '#/components/schemas/Count' }] },
            },
          },
        },
      },
      get: {
        responses: { '200': { content: { 'application/json': { schema: { type: 'object', required: ['id'] } } } } },
      },
    },
  },
  components: {
    schemas: {
      Text: {
        type: 'object',
        properties: { type: { enum: [1] }, text: { type: ['string', 'null'], maxLength: 3 } },
        required: ['type', 'text'],
      },
      Count: {
        type: 'object',
        properties: { type: { enum: [2] }, count: { type: 'integer', format: 'int32' } },
        required: ['type', 'count'],
      },
    },
  },
};

function call(more: Partial<RecordedCall>): RecordedCall {
  return {
    source: 'rest',
    method: 'POST',
    template: '/things/{thing_id}',
    path: '/things/1',
    query: {},
    contentType: 'application/json',
    body: { type: 1, text: 'abc' },
    files: [],
    status: 200,
    code: undefined,
    answer: undefined,
    at: 0,
    ...more,
  };
}

describe('createCallValidator', () => {
  const { calls: validate, answers } = createCallValidator(description);
  const faults = (more: Partial<RecordedCall>) =>
    validate([call(more)]).map(({ where, fault }) => `${where}: ${fault}`);

  it('finds nothing in calls as described', () => {
    expect(
      validate([
        call({}),
        call({ query: { wait: 'true' } }),
        call({ method: 'GET', body: undefined }),
        call({ body: { type: 2, count: 1 } }),
      ]),
    ).toEqual([]);
  });

  it.each([
    [{ template: '/nowhere' }, 'path: the description has no such call'],
    [{ method: 'PUT' }, 'path: the description has no such call'],
    [{ query: { now: '1' } }, 'query now: is not in the description'],
    [{ body: undefined }, 'body: is missing'],
    [{ method: 'GET', body: {} }, 'body: is not expected'],
    [{ body: { type: 1, text: 'abcd' } }, 'body/text: must NOT have more than 3 characters'],
    [{ body: { type: 2 } }, "body: must have required property 'count'"],
    [{ body: { type: 2, count: 2 ** 40 } }, 'body/count: must match format "int32"'],
  ])('finds the fault in %o', (more, fault) => {
    expect(faults(more)).toEqual([fault]);
  });

  it('checks the answers of calls that succeeded', () => {
    const get = { method: 'GET', body: undefined };
    expect(answers([call({ ...get, answer: { id: 1 } }), call({ ...get, status: 404 })])).toEqual([]);
    expect(answers([call({ ...get, answer: {} })])).toMatchObject([{ fault: "must have required property 'id'" }]);
    expect(answers([call({ ...get, status: 204 })])).toMatchObject([{ where: 'status' }]);
  });

  it('lists the faults of every call', () => {
    expect(validate([call({ body: { type: 1 } }), call({ body: { type: 2 } })])).toHaveLength(2);
  });
});
