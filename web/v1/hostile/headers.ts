import type { Ask, Hostile } from './ask.ts';

const valid = { prompt: 'a fox' };
const idempotency = (key: string): Ask => ({ headers: [['Idempotency-Key', key]], json: valid });
const wire = (...lines: string[]): Ask => ({ raw: `${lines.join('\r\n')}\r\n\r\n` });
const host = 'Host: 127.0.0.1';
const close = 'Connection: close';

/** Headers that mean nothing, and bytes that are no HTTP. */
export const hostileHeaders: Hostile[] = [
  ['an Idempotency-Key of nothing', idempotency(''), 400, 'invalid_input'],
  ['an Idempotency-Key of 191 characters', idempotency('k'.repeat(191)), 400, 'invalid_input'],
  ['an Idempotency-Key of 10,000 characters', idempotency('k'.repeat(10_000)), 400, 'invalid_input'],
  ['an Idempotency-Key beyond ASCII', idempotency('clé'), 400, 'invalid_input'],
  ['an Idempotency-Key with a tab', idempotency('a\tb'), 400, 'invalid_input'],
  [
    "an Idempotency-Key beyond ASCII, in OpenAI's terms",
    { ...idempotency('clé'), path: '/v1/images/generations' },
    400,
    'invalid_input',
  ],
  [
    'two keys, the right one last',
    ({ key }) => ({
      withKey: false,
      headers: [
        ['Authorization', 'Bearer nonsense'],
        ['Authorization', `Bearer ${key}`],
      ],
    }),
    401,
    'key_invalid',
  ],
  [
    'two keys in one header',
    ({ key }) => ({ withKey: false, headers: [['Authorization', `Bearer ${key}, Bearer ${key}`]] }),
    401,
    'key_missing',
  ],
  ['a key beyond ASCII', { withKey: false, headers: [['Authorization', 'Bearer esl_live_ÿÿÿ']] }, 401, 'key_invalid'],
  [
    'a key of 10,000 characters',
    { withKey: false, headers: [['Authorization', `Bearer esl_live_${'a'.repeat(10_000)}`]] },
    401,
    'key_invalid',
  ],
  ['a method that is none here', { method: 'PUT', json: valid }, 405, 'method_not_allowed'],
  ['TRACE', { method: 'TRACE' }, 405, 'method_not_allowed'],
  [
    'another method by header',
    { headers: [['X-HTTP-Method-Override', 'DELETE']], method: 'PATCH' },
    405,
    'method_not_allowed',
  ],
  [
    'headers of 20 kB',
    wire('GET /v1/models HTTP/1.1', host, close, `X-Long: ${'a'.repeat(20_000)}`),
    431,
    'invalid_input',
  ],
  ['a header without a name', wire('GET /v1/models HTTP/1.1', host, close, ': nothing'), 400, 'invalid_input'],
  ['a NUL in a header', wire('GET /v1/models HTTP/1.1', host, close, 'X-Nul: a\0b'), 400, 'invalid_input'],
  ['no HTTP at all', wire('\x16\x03\x01\x02\x00\x01'), 400, 'invalid_input'],
  ['a version that is none', wire('GET / HTTP/9.9', host, close), 400, 'invalid_input'],
  ['a line feed in the path', wire('GET /v1/mod\nels HTTP/1.1', host, close), 400, 'invalid_input'],
  [
    'two lengths',
    wire('POST /v1/generations HTTP/1.1', host, close, 'Content-Length: 5', 'Content-Length: 6'),
    400,
    'invalid_input',
  ],
  [
    'a length and chunks',
    wire('POST /v1/generations HTTP/1.1', host, close, 'Content-Length: 5', 'Transfer-Encoding: chunked'),
    400,
    'invalid_input',
  ],
  [
    'a length below nothing',
    wire('POST /v1/generations HTTP/1.1', host, close, 'Content-Length: -1'),
    400,
    'invalid_input',
  ],
];

/** What may be ignored, and must be: the answer is as if it weren't there. */
export const harmlessHeaders: [name: string, headers: [string, string][]][] = [
  ['a wait of a thousand years', [['Prefer', 'wait=99999999999']]],
  ['a wait that is no number', [['Prefer', 'wait=soon, respond-async; wait=-1']]],
  ['a preference of 8 kB', [['Prefer', 'wait=,;'.repeat(1000)]]],
  ['a range that is none', [['Range', 'bytes=-,-,9-1']]],
  ['a range in bananas', [['Range', 'bananas=0-1']]],
  ['an ETag that is none', [['If-None-Match', '"\\"W/"""']]],
  ['a date that is none', [['If-Modified-Since', 'the day before yesterday']]],
  ['an Accept that is none', [['Accept', ';;;q=x,*/*']]],
  ['a language that is none', [['Accept-Language', '../../en,__proto__;q=1']]],
  ['an encoding that is none', [['Accept-Encoding', 'gzip;q=NaN, \xff']]],
  ['an expectation that is none', [['Expect', '200-fine']]],
  ['a forwarded address that is none', [['X-Forwarded-For', "'; DROP TABLE accounts; --"]]],
];
