import express from 'express';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { Scope } from '../../core/index.ts';
import { makeMember, startTestCore, type TestCore } from '../../test/support/core.ts';
import { loopbackReach, startReceiver, type WebhookReceiver } from '../../test/support/webhook-receiver.ts';
import { createWeb, type Web } from '../index.ts';
import { createAuth } from './auth.ts';
import { createWebhookEndpointRoutes } from './webhook-endpoints.ts';

let service: TestCore;
let web: Web;
let receiver: WebhookReceiver;
let answer = 200;
let key: string;

beforeAll(async () => {
  const webhooks = { reach: loopbackReach, protocols: ['http:'], waitsMs: [] };
  service = await startTestCore({ environment: { PORT: '0' }, webhooks });
  const { core } = service;
  core.startWorker();
  receiver = await startReceiver(() => answer);
  const router = express.Router().use(createWebhookEndpointRoutes({ core, auth: createAuth({ core }) }));
  const settings = { ...core.settings, publicUrlGiven: false };
  web = createWeb({ core: { ...core, settings }, mounts: [{ path: '/', handler: router }] });
  await web.start();
});
afterAll(async () => {
  await web.stop();
  await receiver.close();
  await service.close();
});
beforeEach(async () => {
  answer = 200;
  receiver.received.length = 0;
  key = await makeKey(['manage']);
});

async function makeKey(scopes: Scope[]): Promise<string> {
  const { account } = await makeMember(service.core);
  const wanted = { accountId: account.id, name: 'test', scopes, expiresAt: null, dailyCap: null };
  return (await service.core.apiKeys.create(wanted)).secret;
}

async function call(method: string, path: string, body?: unknown, as = key) {
  const response = await fetch(`${web.url.replace('localhost', '127.0.0.1')}/v1/webhook-endpoints${path}`, {
    method,
    headers: { authorization: `Bearer ${as}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, json: text ? JSON.parse(text) : null };
}

const create = async (given: object = {}) => (await call('POST', '', { url: receiver.url, ...given })).json;

/** The newest delivery of an endpoint, once it is in a state. */
const delivery = (id: string, status: string) =>
  vi.waitFor(
    async () => {
      const { json } = await call('GET', `/${id}/deliveries`);
      expect(json.data[0]?.status).toBe(status);
      return json.data[0];
    },
    { timeout: 10_000, interval: 20 },
  );

it('makes an endpoint, shows its secret once, changes, disables and deletes it', async () => {
  const { status, json: made } = await call('POST', '', {
    url: receiver.url,
    description: 'my server',
    events: ['generation.succeeded', 'generation.failed'],
  });
  expect(status).toBe(201);
  const { secret, ...endpoint } = made;
  expect(secret).toMatch(/^whsec_/);
  expect(endpoint).toEqual({
    id: expect.any(String),
    url: receiver.url,
    description: 'my server',
    events: ['generation.succeeded', 'generation.failed'],
    enabled: true,
    disabled_at: null,
    created_at: expect.stringMatching(/Z$/),
  });
  expect((await call('GET', '')).json).toEqual({ data: [endpoint], next_cursor: null });
  expect((await call('GET', `/${endpoint.id}`)).json).toEqual(endpoint);

  const { json: changed } = await call('PATCH', `/${endpoint.id}`, { events: ['*'], enabled: false });
  expect(changed).toMatchObject({ events: ['*'], enabled: false, disabled_at: expect.any(String) });
  const refused = await call('POST', `/${endpoint.id}/ping`);
  expect([refused.status, refused.json.error.code]).toEqual([409, 'endpoint_disabled']);
  expect((await call('PATCH', `/${endpoint.id}`, { enabled: true })).json).toEqual({ ...endpoint, events: ['*'] });

  expect((await call('DELETE', `/${endpoint.id}`)).status).toBe(204);
  expect((await call('DELETE', `/${endpoint.id}`)).status).toBe(404);
});

it('pings, lists each try, and sends again under the same id', async () => {
  const { id, secret } = await create();
  answer = 500;
  const ping = await call('POST', `/${id}/ping`);
  expect(ping.status).toBe(202);
  expect(ping.json).toMatchObject({ type: 'ping', generation_id: null });
  const failed = await delivery(id, 'abandoned');
  expect(failed).toMatchObject({
    id: ping.json.id,
    next_attempt_at: null,
    attempts: [{ status: 500, error: 'status', duration_ms: expect.any(Number) }],
  });
  answer = 200;
  expect((await call('POST', `/${id}/deliveries/${failed.id}/replay`)).status).toBe(202);
  const sent = await delivery(id, 'delivered');
  expect(sent.attempts.map((attempt: { status: number }) => attempt.status)).toEqual([500, 200]);
  expect(receiver.received).toHaveLength(2);
  for (const { body, headers } of receiver.received) {
    expect(headers['webhook-id']).toBe(sent.event_id);
    expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toMatchObject({
      type: 'ping',
      data: { endpoint_id: id },
    });
  }
});

it('rotates the secret: events verify with the new one', async () => {
  const { id, secret: old } = await create();
  const { status, json } = await call('POST', `/${id}/rotate-secret`);
  expect(status).toBe(200);
  expect(json.secret).not.toBe(old);
  await call('POST', `/${id}/ping`);
  await delivery(id, 'delivered');
  const { body, headers } = receiver.received[0] as (typeof receiver.received)[number];
  expect(new Webhook(json.secret).verify(body, headers as Record<string, string>)).toMatchObject({ type: 'ping' });
});

it('lists deliveries page by page, also those of one moment', async () => {
  const { id } = await create();
  for (let sent = 0; sent < 5; sent++) await call('POST', `/${id}/ping`);
  await service.core.database.prisma.webhookDelivery.updateMany({
    where: { endpointId: id },
    data: { createdAt: new Date() },
  });
  const first = (await call('GET', `/${id}/deliveries?limit=3`)).json;
  const second = (await call('GET', `/${id}/deliveries?limit=3&cursor=${first.next_cursor}`)).json;
  const ids = [...first.data, ...second.data].map((each: { id: string }) => each.id);
  expect([first.data.length, second.data.length, new Set(ids).size]).toEqual([3, 2, 5]);
  expect(second.next_cursor).toBeNull();
  expect((await call('GET', `/${id}/deliveries?cursor=x`)).status).toBe(400);
});

it.each([
  [{ url: 'https://127.0.0.1/' }, 'url'],
  [{ url: 'https://hooks.example.com:1/' }, 'url'],
  [{ url: 'not an address' }, 'url'],
  [{ url: 5 }, 'url'],
  [{}, 'url'],
  [{ url: 'https://example.com/', events: ['generation.began'] }, 'events.0'],
  [{ url: 'https://example.com/', events: [] }, 'events'],
  [{ url: 'https://example.com/', secret: 'whsec_mine' }, 'secret'],
])('refuses %j and says where it is wrong', async (body, param) => {
  const { status, json } = await call('POST', '', body);
  expect([status, json.error.param]).toEqual([400, param]);
});

it('is closed to keys without the scope, and to other accounts', async () => {
  const { id } = await create();
  await call('POST', `/${id}/ping`);
  const { id: sent } = await delivery(id, 'delivered');
  const stranger = await makeKey(['manage']);
  const narrow = await makeKey(['read', 'generate']);
  for (const [method, path] of [
    ['GET', `/${id}`],
    ['PATCH', `/${id}`],
    ['DELETE', `/${id}`],
    ['POST', `/${id}/ping`],
    ['POST', `/${id}/rotate-secret`],
    ['GET', `/${id}/deliveries`],
    ['POST', `/${id}/deliveries/${sent}/replay`],
  ] as const) {
    const body = method === 'PATCH' ? { enabled: false } : undefined;
    expect([path, (await call(method, path, body, stranger)).status]).toEqual([path, 404]);
    expect([path, (await call(method, path, body, narrow)).status]).toEqual([path, 403]);
    expect([path, (await call(method, path.replace(id, 'no-id'), body)).status]).toEqual([path, 404]);
  }
  expect((await call('GET', `/${id}`)).json.enabled).toBe(true);
});
