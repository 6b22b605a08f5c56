import { gzipSync } from 'node:zlib';
import type { Ask, Hostile } from './ask.ts';

const typed = (type: string, body: string | Buffer): Ask => ({ headers: [['Content-Type', type]], body });
const encoded = (encoding: string, body: Buffer): Ask => ({ headers: [['Content-Encoding', encoding]], body });
const field = (name: string, value: unknown): Hostile => [
  `${name} of the wrong kind: ${JSON.stringify(value).slice(0, 30)}`,
  { json: { prompt: 'a fox', [name]: value } },
  400,
  'invalid_input',
];
const openai = (name: string, value: unknown): Hostile => [
  `${name} of the wrong kind, in OpenAI's terms: ${JSON.stringify(value).slice(0, 30)}`,
  { path: '/v1/images/generations', json: { prompt: 'a fox', [name]: value } },
  400,
  'invalid_input',
];
const megabytes = (count: number) => Buffer.alloc(count * 1_000_000, ' ');

/** Bodies that no schema knows, or that are made to break the parser. */
export const hostileBodies: Hostile[] = [
  ['truncated JSON', { body: '{"prompt": "a fox' }, 400, 'invalid_input'],
  ['two documents', { body: '{"prompt":"a"}{"prompt":"b"}' }, 400, 'invalid_input'],
  ['a bare string', { body: '"a fox"' }, 400, 'invalid_input'],
  ['null', { body: 'null' }, 400, 'invalid_input'],
  ['a list', { body: '[{"prompt":"a fox"}]' }, 400, 'invalid_input'],
  ['a comment', { body: '{"prompt":"a fox"/**/}' }, 400, 'invalid_input'],
  ['NaN', { body: '{"prompt":"a fox","seed":NaN}' }, 400, 'invalid_input'],
  ['no body at all', { method: 'POST' }, 415, 'unsupported_media_type'],
  ['a body of nothing', { ...typed('application/json', ''), method: 'POST' }, 400, 'invalid_input'],
  ['only white space', { body: '   ' }, 400, 'invalid_input'],
  ['a NUL byte outside of text', { body: '{"prompt":"a fox"}\0' }, 400, 'invalid_input'],
  ['a number beyond all', { body: '{"prompt":"a fox","seed":1e400}' }, 400, 'invalid_input'],
  ['a number of 10,000 digits', { body: `{"prompt":"a fox","count":${'9'.repeat(10_000)}}` }, 400, 'invalid_input'],
  ['lists nested 100,000 deep', { body: `${'['.repeat(100_000)}${']'.repeat(100_000)}` }, 400, 'invalid_input'],
  [
    'objects nested 50,000 deep in a field',
    { body: `{"prompt":"a fox","style":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_001)}` },
    400,
    'invalid_input',
  ],
  ['100,000 fields', { json: Object.fromEntries(Array.from({ length: 1e5 }, (_, n) => [n, n])) }, 400, 'unknown_field'],
  ['__proto__', { body: '{"prompt":"a fox","__proto__":{"count":10}}' }, 400, 'unknown_field'],
  ['constructor', { body: '{"prompt":"a fox","constructor":{"prototype":{}}}' }, 400, 'unknown_field'],
  ['toString', { body: '{"prompt":"a fox","toString":1}' }, 400, 'unknown_field'],
  ['a misspelt field', { json: { prompt: 'a fox', promt: 'b' } }, 400, 'unknown_field'],
  ['a field of markup', { json: { prompt: 'a fox', '<script>alert(1)</script>': 1 } }, 400, 'unknown_field'],
  ['a prompt of spaces', { json: { prompt: ' \t\n ' } }, 400, 'prompt_missing'],
  ['a prompt of nothing visible', { json: { prompt: '\u200b\u2060\ufeff' } }, 400, 'prompt_missing'],
  ['a prompt of 1,001 characters', { json: { prompt: 'x'.repeat(1001) } }, 400, 'prompt_too_long'],
  ['a prompt of 60,000 characters', { json: { prompt: 'x'.repeat(60_000) } }, 400, 'invalid_input'],
  ['a lone high surrogate', { body: '{"prompt":"a \\ud83e fox"}' }, 400, 'prompt_unreadable'],
  ['a lone low surrogate', { body: '{"prompt":"a \\udd8a fox"}' }, 400, 'prompt_unreadable'],
  ['a NUL in the prompt', { body: '{"prompt":"a \\u0000 fox"}' }, 400, 'prompt_unreadable'],
  ['a NUL in the style', { body: '{"prompt":"a fox","style":"a\\u0000b"}' }, 400, 'unknown_choice'],
  ['a lone surrogate in the model', { body: '{"prompt":"a fox","model":"\\ud800"}' }, 400, 'unknown_choice'],
  ['a style of markup', { json: { prompt: 'a fox', style: '<b>' } }, 400, 'unknown_choice'],
  ["a style of Object's", { json: { prompt: 'a fox', style: '__proto__' } }, 400, 'unknown_choice'],
  ["a model of Object's", { json: { prompt: 'a fox', model: 'constructor' } }, 400, 'unknown_choice'],
  [
    "a model of Object's, in OpenAI's terms",
    { path: '/v1/images/generations', json: { prompt: 'a fox', model: 'toString' } },
    404,
    'model_not_found',
  ],
  field('prompt', 7),
  field('prompt', null),
  field('prompt', ['a fox']),
  field('prompt', { toString: 'a fox' }),
  field('negative_prompt', 7),
  field('aspect_ratio', '16:10'),
  field('aspect_ratio', 1.5),
  field('style', ['watercolor']),
  field('model', true),
  field('count', '2'),
  field('count', 0),
  field('count', -1),
  field('count', 1.5),
  field('count', 1e308),
  field('seed', -1),
  field('seed', 2 ** 31),
  field('seed', 2 ** 53),
  field('image_url', 7),
  field('image_id', "1' OR '1'='1"),
  field('image_id', ['00000000-0000-4000-8000-000000000000']),
  openai('n', 11),
  openai('n', '1'),
  openai('size', '1e3x1e3'),
  openai('size', '1024x1024; DROP TABLE images'),
  openai('stream', 'true'),
  openai('output_compression', 101),
  openai('user', 'u'.repeat(513)),
  ...[7, ['premium'], { $ne: 1 }, null, '', 'p'.repeat(33)].map(
    (item): Hostile => [`to buy ${JSON.stringify(item)}`, buy({ item }), 400, 'invalid_input'],
  ),
  ['to buy for another', buy({ item: 'premium', customer: 'cus_1' }), 400, 'unknown_field'],
  ["to buy ' OR '1'='1, where nothing is sold", buy({ item: "' OR '1'='1" }), 503, 'sales_off'],
  ['to buy NUL, where nothing is sold', buy({ item: '\u0000' }), 503, 'sales_off'],
  ['10 MB and one byte', { body: Buffer.concat([megabytes(10), Buffer.from(' ')]) }, 413, 'payload_too_large'],
  ['10 MB of spaces', { body: megabytes(10) }, 400, 'invalid_input'],
  [
    '11 MB in chunks, unannounced',
    { headers: [['Transfer-Encoding', 'chunked']], body: megabytes(11) },
    413,
    'payload_too_large',
  ],
  ['a form', typed('application/x-www-form-urlencoded', 'prompt=a+fox'), 415, 'unsupported_media_type'],
  ['plain text', typed('text/plain', '{"prompt":"a fox"}'), 415, 'unsupported_media_type'],
  [
    'XML',
    typed('application/xml', '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'),
    415,
    'unsupported_media_type',
  ],
  ['a type that is none', typed(';;;', '{"prompt":"a fox"}'), 415, 'unsupported_media_type'],
  ['a charset that is none', typed('application/json; charset=klingon', '{}'), 415, 'unsupported_media_type'],
  ['Latin-1', typed('application/json; charset=iso-8859-1', '{"prompt":"a fox"}'), 415, 'unsupported_media_type'],
  ['UTF-7', typed('application/json; charset=utf-7', '{"prompt":"a fox"}'), 415, 'unsupported_media_type'],
  ['a gzip bomb of 200 MB', encoded('gzip', bomb(200)), 413, 'payload_too_large'],
  ['a bomb in a bomb', encoded('gzip', gzipSync(bomb(50))), 400, 'invalid_input'],
  ['gzip that is none', encoded('gzip', Buffer.from('{"prompt":"a fox"}')), 400, 'invalid_input'],
  ['gzip cut off', encoded('gzip', gzipSync('{"prompt":"a fox"}').subarray(0, 20)), 400, 'invalid_input'],
  ['an encoding that is none', encoded('rot13', Buffer.from('{}')), 415, 'unsupported_media_type'],
  ['several encodings', encoded('gzip, gzip', gzipSync(gzipSync('{}'))), 415, 'unsupported_media_type'],
];

function buy(json: object): Ask {
  return { path: '/v1/account/checkout', json };
}

function bomb(size: number): Buffer {
  return gzipSync(Buffer.alloc(size * 1_000_000, ' '), { level: 1 });
}
