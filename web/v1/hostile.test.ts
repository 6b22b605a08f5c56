import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openInternet, type Reach } from '../../core/fetch/public-connection.ts';
import { createPublicFetch } from '../../core/fetch/public-fetch.ts';
import { readAllRedis } from '../../test/support/read-redis.ts';
import { type Developer, startTestRest, type TestRest } from '../../test/support/rest.ts';
import { hostileAddresses, hostileEndpoints } from './hostile/addresses.ts';
import { type Given, type Hostile, send } from './hostile/ask.ts';
import { hostileBodies } from './hostile/bodies.ts';
import { harmlessHeaders, hostileHeaders } from './hostile/headers.ts';
import { hostileIds, hostileKeys } from './hostile/names.ts';
import { hostilePages } from './hostile/pages.ts';
import { hostileForms, hostilePictures, pictureAndPage } from './hostile/pictures.ts';
import { errorSchema } from './schemas.ts';

const names: Record<string, string[]> = {
  localhost: ['127.0.0.1'],
  'localhost.': ['127.0.0.1'],
  'inside.example': ['10.1.2.3'],
  'half-inside.example': ['::1', '93.184.215.14'],
  'pictures.example': ['93.184.215.14'],
};
/** Nobody may be led anywhere: an address that is let through, or a connection to the canary, fails the test. */
const letThrough: string[] = [];
let canary: Server;
let called = 0;
let rest: TestRest;
let other: Given['other'];

beforeAll(async () => {
  canary = createServer((socket) => {
    called++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => canary.listen(0, '127.0.0.1', resolve));
  const reach: Reach = {
    ports: [...openInternet.ports, canaryPort()],
    isAllowedAddress(address) {
      const allowed = openInternet.isAllowedAddress(address);
      if (allowed) letThrough.push(address);
      return allowed;
    },
    lookUp: async (hostname) =>
      (names[hostname] ?? [hostname]).map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
  };
  rest = await startTestRest({ fetchPublicly: createPublicFetch({ reach }), webhooks: { reach } });
  other = await makeOther();
  letThrough.length = 0;
});
afterAll(async () => {
  await rest.close();
  canary.close();
});

const canaryPort = () => (canary.address() as { port: number }).port;

/** Somebody else, who has one of everything. */
async function makeOther(): Promise<Given['other']> {
  const { ask, account } = await rest.developer();
  const image_url = `data:image/png;base64,${pictureAndPage.toString('base64')}`;
  const made = await (
    await ask('/v1/generations', { json: { prompt: 'a fox', image_url }, headers: { prefer: 'wait=30' } })
  ).json();
  const endpoint = await (await ask('/v1/webhook-endpoints', { json: { url: 'https://pictures.example/' } })).json();
  const [key] = await rest.core.apiKeys.list(account.id);
  return {
    generationId: made.id,
    imageId: made.images[0].id,
    inputId: made.image_id,
    endpointId: endpoint.id,
    keyId: key?.id ?? '',
  };
}

/** All that could have been spent or left behind. */
async function readBooks() {
  const { prisma } = rest.core.database;
  const redis = Object.entries(await readAllRedis(rest.redisClient));
  const quota = redis.filter(([key]) => key.startsWith('q:')).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    quota,
    ledger: await prisma.quotaEntry.count(),
    generations: await prisma.generation.count(),
    pictures: await prisma.inputImage.count(),
    endpoints: await prisma.webhookEndpoint.count(),
    outbox: await prisma.outbox.count(),
    live: await prisma.image.count({ where: { deletedAt: null, visibility: 'private' } }),
  };
}

const tables: Record<string, Hostile[]> = {
  bodies: hostileBodies,
  headers: hostileHeaders,
  ids: hostileIds,
  keys: hostileKeys,
  pages: hostilePages,
  'addresses of pictures': hostileAddresses,
  'addresses of endpoints': hostileEndpoints,
  pictures: hostilePictures,
  forms: hostileForms,
};

describe.each(Object.entries(tables))('hostile %s', (_, rows) => {
  let developer: Developer;
  let given: Given;
  let before: Awaited<ReturnType<typeof readBooks>>;
  beforeAll(async () => {
    developer = await rest.developer();
    const revoked = await rest.core.apiKeys.create({
      accountId: developer.account.id,
      name: 'old',
      scopes: ['generate'],
      expiresAt: null,
      dailyCap: null,
    });
    await rest.core.apiKeys.revoke(developer.account.id, revoked.key.id);
    given = { key: developer.key, revoked: revoked.secret, canaryPort: canaryPort(), other };
    // Redis learns of the account.
    await developer.ask('/v1/generations?dry_run=true', { json: { prompt: 'a fox' } });
  });
  beforeEach(async () => {
    before = await readBooks();
    letThrough.length = 0;
    called = 0;
  });

  test.each(rows)('%s', async (_, ask, status, code) => {
    const answer = await send(rest.url, typeof ask === 'function' ? ask(given) : ask, developer.key);
    expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(`"${code}"`)]);
    expect(answer.contentType).toMatch(/^application\/json/);
    const { error } = errorSchema.strict().parse(JSON.parse(answer.text));
    expect(error.code).toBe(code);
    expect(error.message.length).toBeGreaterThan(5);
    expect(error.message.length).toBeLessThan(1000);
    expect(answer.text).not.toContain(developer.key);
    expect({ called, letThrough }).toEqual({ called: 0, letThrough: [] });
    expect(await readBooks()).toEqual(before);
  });
});

describe('headers that may be ignored', () => {
  test.each(harmlessHeaders)('%s', async (_, headers) => {
    const { key } = await rest.developer();
    const ask = { path: '/v1/generations?dry_run=true', json: { prompt: 'a fox' }, headers };
    expect(await send(rest.url, ask, key)).toMatchObject({ status: 200, text: expect.stringContaining('"dry_run"') });
  });
});

test('a picture that is also a page is kept as a picture alone', async () => {
  const kept = await rest.core.images.inputs.read(other.inputId);
  expect(pictureAndPage.toString('latin1')).toContain('<script>');
  expect(Buffer.from(kept?.bytes ?? []).toString('latin1')).toMatch(/^.PNG(?!.*<script>)/s);
});
