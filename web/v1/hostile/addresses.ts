import type { Hostile } from './ask.ts';

/** Where no address of a member may lead, in the spellings that programs read as such. */
const hosts = [
  '127.0.0.1',
  '127.1',
  '127.127.127.127',
  '0x7f.1',
  '0x7f000001',
  '2130706433',
  '0177.0.0.1',
  '017700000001',
  '127.0.0.1.',
  '%31%32%37.0.0.1',
  '１２７.0.0.1',
  '①②⑦.⓪.⓪.①',
  '127。0。0。1',
  '0.0.0.0',
  '0',
  '[::1]',
  '[::]',
  '[0:0:0:0:0:0:0:1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::127.0.0.1]',
  '[64:ff9b::127.0.0.1]',
  '[2002:7f00:1::]',
  '[fd00::1]',
  '[fe80::1]',
  '10.0.0.1',
  '172.16.0.1',
  '192.168.1.1',
  '100.64.0.1',
  '169.254.169.254',
  '[::ffff:a9fe:a9fe]',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  'localhost',
  'LOCALHOST.',
  'inside.example',
  'half-inside.example',
  'name@127.0.0.1',
];
const others = [
  'file:///etc/passwd',
  'ftp://127.0.0.1/a.png',
  'gopher://127.0.0.1:6379/_FLUSHALL',
  'javascript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  '//127.0.0.1/a.png',
  'http:\\\\127.0.0.1\\a.png',
  'ht\ntp://127.0.0.1/',
  'https://name:word@pictures.example/a.png',
  'https://pictures.example:22/a.png',
  'https://pictures.example:99999/a.png',
  'no address',
  '',
];

/** `image_url` that leads into our own house, or nowhere. */
export const hostileAddresses: Hostile[] = [
  ...hosts.map(
    (host): Hostile => [
      host,
      ({ canaryPort }) => ({ json: { prompt: 'a fox', image_url: `http://${host}:${canaryPort}/a.png` } }),
      400,
      'image_url_refused',
    ],
  ),
  ...others.map(
    (image_url): Hostile => [
      image_url || 'nothing',
      { json: { prompt: 'a fox', image_url } },
      400,
      'image_url_refused',
    ],
  ),
  [
    'a public one, for a prompt that is refused',
    { json: { prompt: 'a \0 fox', image_url: 'https://pictures.example/a.png' } },
    400,
    'prompt_unreadable',
  ],
];

/** Endpoints to be called that lie where nobody may be led. */
export const hostileEndpoints: Hostile[] = [
  ...hosts.map(
    (host): Hostile => [
      `https://${host}/`,
      { path: '/v1/webhook-endpoints', json: { url: `https://${host}/` } },
      400,
      'invalid_input',
    ],
  ),
  ...['http://pictures.example/', 'https://pictures.example:8443/', 'https://a'.padEnd(2001, 'a'), 'mailto:a@b'].map(
    (url): Hostile => [url.slice(0, 40), { path: '/v1/webhook-endpoints', json: { url } }, 400, 'invalid_input'],
  ),
];
