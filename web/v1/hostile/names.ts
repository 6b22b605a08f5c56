import type { Ask, Given, Hostile } from './ask.ts';

const paths = ['/v1/generations/:id', '/v1/generations/:id/events', '/v1/images/:id', '/v1/images/:id/content'];
const nobody = '00000000-0000-4000-8000-000000000000';
const nonsense: [string, string][] = [
  ['of nobody', nobody],
  ['that is a number', '1'],
  ['with a quote', '%27%20OR%201%3D1--'],
  ['that climbs', '..%2F..%2F..%2Fetc%2Fpasswd'],
  ['with a NUL', `${nobody}%00`],
  ['of a prototype', '__proto__'],
  ['of 4,000 characters', 'a'.repeat(4000)],
];
const foreign = (name: string, ask: (given: Given) => Ask): Hostile => [
  `somebody else's: ${name}`,
  ask,
  404,
  'not_found',
];
const removal = (path: string): Ask => ({ method: 'DELETE', path });

/** Ids that are none, or somebody else's. */
export const hostileIds: Hostile[] = [
  ...paths.flatMap((path) =>
    nonsense.map(([name, id]): Hostile => [`${path} ${name}`, { path: path.replace(':id', id) }, 404, 'not_found']),
  ),
  ...nonsense.map(([name, id]): Hostile => [`a model ${name}`, { path: `/v1/models/${id}` }, 404, 'model_not_found']),
  ['an id of broken signs', { path: '/v1/generations/%E0%A4%A' }, 400, 'invalid_input'],
  ['an id that climbs, in the clear', { path: '/v1/generations/../../etc/passwd' }, 404, 'not_found'],
  ['an id to cancel that is none', { method: 'POST', path: '/v1/generations/1/cancel' }, 404, 'not_found'],
  ['a key to revoke that is none', removal('/v1/api-keys/1%00'), 404, 'not_found'],
  ['an endpoint that is none', removal("/v1/webhook-endpoints/'"), 404, 'not_found'],
  [
    'a delivery that is none',
    { method: 'POST', path: `/v1/webhook-endpoints/${nobody}/deliveries/%00/replay` },
    404,
    'not_found',
  ],
  ['a picture to start from of nobody', { json: { prompt: 'a fox', image_id: nobody } }, 404, 'not_found'],
  foreign('a generation', ({ other }) => ({ path: `/v1/generations/${other.generationId}` })),
  foreign('its events', ({ other }) => ({ path: `/v1/generations/${other.generationId}/events` })),
  foreign('a generation to cancel', ({ other }) => ({
    method: 'POST',
    path: `/v1/generations/${other.generationId}/cancel`,
  })),
  foreign('a picture', ({ other }) => ({ path: `/v1/images/${other.imageId}` })),
  foreign("a picture's bytes", ({ other }) => ({ path: `/v1/images/${other.imageId}/content` })),
  foreign("a picture's thumbnail", ({ other }) => ({ path: `/v1/images/${other.imageId}/content?size=thumbnail` })),
  foreign('a picture to delete', ({ other }) => removal(`/v1/images/${other.imageId}`)),
  foreign('a picture to show', ({ other }) => ({
    method: 'PATCH',
    path: `/v1/images/${other.imageId}`,
    json: { visibility: 'public' },
  })),
  foreign('a picture to start from', ({ other }) => ({ json: { prompt: 'a fox', image_id: other.imageId } })),
  foreign('an upload to start from', ({ other }) => ({ json: { prompt: 'a fox', image_id: other.inputId } })),
  foreign('an endpoint', ({ other }) => ({ path: `/v1/webhook-endpoints/${other.endpointId}` })),
  foreign('an endpoint to delete', ({ other }) => removal(`/v1/webhook-endpoints/${other.endpointId}`)),
  foreign('a secret to change', ({ other }) => ({
    method: 'POST',
    path: `/v1/webhook-endpoints/${other.endpointId}/rotate-secret`,
  })),
  foreign('a list of deliveries', ({ other }) => ({ path: `/v1/webhook-endpoints/${other.endpointId}/deliveries` })),
  foreign('a key to revoke', ({ other }) => removal(`/v1/api-keys/${other.keyId}`)),
  [
    'a signature that is forged',
    ({ other }) => ({ path: `/v1/images/${other.imageId}/content?expires=4102444800&signature=AAAA` }),
    403,
    'link_invalid',
  ],
  [
    'a signature given twice',
    ({ other }) => ({ path: `/v1/images/${other.imageId}/content?expires=1&signature=A&signature=B` }),
    400,
    'invalid_input',
  ],
  [
    'a signature without an end',
    ({ other }) => ({ path: `/v1/images/${other.imageId}/content?signature=AAAA&expires=1e999` }),
    400,
    'invalid_input',
  ],
];

const bearing = (authorization: string): Ask => ({ withKey: false, headers: [['Authorization', authorization]] });

/** Keys that are missing, wrong, or in the wrong place. */
export const hostileKeys: Hostile[] = [
  ['none', { withKey: false }, 401, 'key_missing'],
  ['an empty header', bearing(''), 401, 'key_missing'],
  ['only the scheme', bearing('Bearer'), 401, 'key_missing'],
  ['Basic', ({ key }) => bearing(`Basic ${Buffer.from(`${key}:`).toString('base64')}`), 401, 'key_missing'],
  ['without a scheme', ({ key }) => bearing(key), 401, 'key_missing'],
  ['in a header of its own', ({ key }) => ({ withKey: false, headers: [['X-Api-Key', key]] }), 401, 'key_missing'],
  ['in a cookie', ({ key }) => ({ withKey: false, headers: [['Cookie', `key=${key}`]] }), 401, 'key_missing'],
  [
    'with a typo',
    ({ key }) => bearing(`Bearer ${key.slice(0, -1)}${key.endsWith('a') ? 'b' : 'a'}`),
    401,
    'key_invalid',
  ],
  ['in capitals', ({ key }) => bearing(`Bearer ${key.toUpperCase()}`), 401, 'key_invalid'],
  ['cut short', ({ key }) => bearing(`Bearer ${key.slice(0, 20)}`), 401, 'key_invalid'],
  ["somebody's token", bearing('Bearer eyJhbGciOiJub25lIn0.e30.'), 401, 'key_invalid'],
  ['revoked', ({ revoked }) => bearing(`Bearer ${revoked}`), 401, 'key_revoked'],
  ['in the address', ({ key }) => ({ withKey: false, path: `/v1/images?key=${key}` }), 400, 'key_misplaced'],
  ['in the address and in its place', ({ key }) => ({ path: `/v1/images?q=${key}` }), 400, 'key_misplaced'],
  ['in the body', ({ key }) => ({ withKey: false, json: { prompt: 'a', key } }), 400, 'key_misplaced'],
  ['in the prompt', ({ key }) => ({ json: { prompt: `draw ${key}` } }), 400, 'key_misplaced'],
  ['as the name of a field', ({ key }) => ({ json: { prompt: 'a', [key]: 1 } }), 400, 'key_misplaced'],
  [
    "in the prompt, in OpenAI's terms",
    ({ key }) => ({ path: '/v1/images/generations', json: { prompt: key } }),
    400,
    'key_misplaced',
  ],
];
