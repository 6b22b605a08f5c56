import type { Hostile } from './ask.ts';

const forge = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const someId = '00000000-0000-4000-8000-000000000000';
const cursors: [string, string][] = [
  ['of nothing', ''],
  ['of nonsense', 'nonsense'],
  ['of 201 characters', 'a'.repeat(201)],
  ['of broken signs', '%FF%FE'],
  ['forged: an object', forge({ createdAt: 1, id: someId })],
  ['forged: no id', forge([1, "' OR 1=1"])],
  ['forged: before all time', forge([-1, someId])],
  ['forged: after all time', forge([8_640_000_000_000_001, someId])],
  ['forged: half a millisecond', forge([0.5, someId])],
  ['forged: one too many', forge([1, someId, 1])],
];
const limits = ['0', '101', '-1', 'NaN', '1e9', '1.5', 'Infinity', '20; DROP TABLE images', ''];
const lists = ['/v1/generations', '/v1/images'];

/** Lists asked for in ways that no list has answered. */
export const hostilePages: Hostile[] = [
  ...lists.flatMap((path) => [
    ...cursors.map(
      ([name, cursor]): Hostile => [
        `${path} with a cursor ${name}`,
        { path: `${path}?cursor=${cursor}` },
        400,
        'invalid_input',
      ],
    ),
    ...limits.map(
      (limit): Hostile => [
        `${path} with limit ${limit || 'of nothing'}`,
        { path: `${path}?limit=${encodeURIComponent(limit)}` },
        400,
        'invalid_input',
      ],
    ),
  ]),
  ['a limit given twice', { path: '/v1/images?limit=1&limit=2' }, 400, 'invalid_input'],
  ['a limit as an object', { path: '/v1/images?limit[toString]=2' }, 400, 'unknown_field'],
  ['a parameter that is none', { path: '/v1/images?page=2' }, 400, 'unknown_field'],
  ['a prototype', { path: '/v1/images?__proto__=2' }, 400, 'unknown_field'],
  ['a status that is none', { path: '/v1/generations?status=stored' }, 400, 'invalid_input'],
  ['a day that is none', { path: '/v1/images?from=2026-02-30' }, 400, 'invalid_input'],
  ['a year beyond all', { path: '/v1/images?to=%2B999999-01-01T00:00:00Z' }, 400, 'invalid_input'],
  ['a favourite that is maybe', { path: '/v1/images?favourite=maybe' }, 400, 'invalid_input'],
  ['words of 201 characters', { path: `/v1/images?q=${'a'.repeat(201)}` }, 400, 'invalid_input'],
  ['a style that is none', { path: '/v1/images?style=%3Cb%3E' }, 400, 'unknown_choice'],
  ['a dry run that is maybe', { path: '/v1/generations?dry_run=maybe', json: { prompt: 'a' } }, 400, 'invalid_input'],
  ['a dry run misspelt', { path: '/v1/generations?dryrun=true', json: { prompt: 'a' } }, 400, 'unknown_field'],
];
