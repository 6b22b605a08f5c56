import { createConnection, createServer } from 'node:net';
import express, { type RequestHandler } from 'express';
import { afterEach, expect, it } from 'vitest';
import { AppError, SettingsError } from '../core/index.ts';
import { createWeb, type Mount, type Web, type WebCore } from './index.ts';

const receipt = {
  limit: 'daily',
  max: 20,
  used: 20,
  remaining: 0,
  resets_at: new Date(Date.now() + 90_000).toISOString(),
  hint: 'premium',
} as const;

let web: Web | null = null;
const logged: object[] = [];
afterEach(async () => {
  await web?.stop();
  web = null;
  logged.length = 0;
});

function createFakeCore(changes: Partial<WebCore> = {}): WebCore {
  return {
    settings: { host: '127.0.0.1', port: 0, publicUrl: 'http://localhost:0', publicUrlGiven: false, trustProxy: 0 },
    log: { isLevelEnabled: () => true, debug: () => {}, error: (entry: object) => logged.push(entry) },
    words: {
      html: (locale, key, values) =>
        `<b>${locale}</b> ${key} ${JSON.stringify(values ?? {}).replaceAll('"', '&quot;')}`,
      plain: (_locale, key) => key,
      pick: (wanted) => (wanted?.startsWith('es') ? 'es' : 'en'),
    },
    health: async () => ({ postgres: true, redis: true, migrations: true }),
    generations: { receiveProviderWebhook: async () => {} },
    ...changes,
  };
}

async function start(handler: RequestHandler | null, changes: Partial<WebCore> = {}): Promise<string> {
  const mounts: Mount[] = handler ? [{ path: '/', handler }] : [];
  web = createWeb({ core: createFakeCore(changes), mounts });
  await web.start();
  return web.url.replace('localhost', '127.0.0.1');
}
const throwing =
  (error: unknown): RequestHandler =>
  () => {
    throw error;
  };
const json = (body: string): RequestInit => ({ method: 'POST', body, headers: { 'content-type': 'application/json' } });

it('refuses in one shape, with its status and a number', async () => {
  const url = await start(throwing(new AppError('invalid_input', { field: 'count', allowed: '1–4' })));
  const response = await fetch(url);
  expect(response.status).toBe(400);
  expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  expect(await response.json()).toEqual({
    error: {
      type: 'invalid_request_error',
      code: 'invalid_input',
      message: 'en errors.invalid_input {"field":"count","allowed":"1–4"}',
      param: 'count',
    },
  });
});

it('says what a limit was and when to come back', async () => {
  const url = await start(throwing(new AppError('quota_exceeded', {}, { receipt })));
  const response = await fetch(url);
  expect(response.status).toBe(429);
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(80);
  expect(Number(response.headers.get('retry-after'))).toBeLessThanOrEqual(90);
  const { error } = (await response.json()) as { error: { type: string; receipt: object; message: string } };
  expect(error).toMatchObject({ type: 'rate_limit_error', receipt });
  expect(error.message).toContain('receipts.daily');
});

it('shows a browser a page in its language', async () => {
  const url = await start(throwing(new AppError('cross_site')));
  const headers = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8', 'accept-language': 'es-419,es;q=0.9' };
  const response = await fetch(url, { headers });
  expect(response.status).toBe(403);
  expect(response.headers.get('content-type')).toContain('text/html');
  expect(await response.text()).toContain('<b>es</b> errors.cross_site');
});

it('keeps faults to itself and to the log', async () => {
  const url = await start(throwing(new Error('the password is 1234')));
  const response = await fetch(url);
  expect(response.status).toBe(500);
  const text = await response.text();
  expect(text).toContain(response.headers.get('x-request-id'));
  expect(text).not.toContain('1234');
  expect(logged).toHaveLength(1);
});

it('cuts off an answer that fails half way', async () => {
  const url = await start((_request, response) => {
    response.write('half');
    throw new Error('broken');
  });
  await expect(fetch(url).then((response) => response.text())).rejects.toThrow();
});

it.each([
  ['nobody, so that nobody can claim another address', 0, '127.0.0.1'],
  ['one proxy', 1, '203.0.113.9'],
  ['two proxies', 2, '198.51.100.1'],
  ['proxies on this machine', ['loopback'], '203.0.113.9'],
  ['proxies on this machine and at that address', ['loopback', '203.0.113.0/24'], '198.51.100.1'],
  ['proxies that this is none of', ['10.0.0.0/8'], '127.0.0.1'],
])('believes %s about where a request came from', async (_who, trustProxy, address) => {
  const settings = { ...createFakeCore().settings, trustProxy };
  const url = await start((request, response) => void response.send(request.ip), { settings });
  const headers = { 'x-forwarded-for': '192.0.2.66, 198.51.100.1, 203.0.113.9' };
  expect(await (await fetch(url, { headers })).text()).toBe(address);
});

it('has nothing at other addresses', async () => {
  const url = await start(null);
  const response = await fetch(`${url}/nothing`);
  expect(response.status).toBe(404);
  expect(((await response.json()) as { error: { code: string } }).error.code).toBe('not_found');
});

it('sends strict headers', async () => {
  const { headers } = await fetch(`${await start(null)}/healthz`);
  expect(headers.get('x-powered-by')).toBeNull();
  expect(headers.get('strict-transport-security')).toBeNull();
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('content-security-policy')).toContain("script-src 'self';");
  expect(headers.get('content-security-policy')).not.toContain('unsafe');
});

it('sends with the answers of the API what protects these, and nothing that only means something to a page', async () => {
  const { headers } = await fetch(`${await start(null)}/v1/nothing`);
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('x-frame-options')).toBe('DENY');
  expect(headers.get('referrer-policy')).toBe('no-referrer');
  expect(headers.get('content-security-policy')).toBe("default-src 'none';frame-ancestors 'none'");
  expect(headers.get('x-dns-prefetch-control')).toBeNull();
});

it.each([
  ['malformed JSON', json('{"a":'), 400, 'invalid_input'],
  [
    'a charset nobody knows',
    { ...json('{}'), headers: { 'content-type': 'application/json; charset=x-martian' } },
    415,
    'unsupported_media_type',
  ],
  [
    'an encoding nobody knows',
    { ...json('{}'), headers: { 'content-type': 'application/json', 'content-encoding': 'rot13' } },
    415,
    'unsupported_media_type',
  ],
  ['more than a route takes', json(JSON.stringify('x'.repeat(2_000))), 413, 'payload_too_large'],
])('refuses %s', async (_what, init, status, code) => {
  const url = await start(express.json({ limit: '1kb', strict: false }));
  const response = await fetch(url, init);
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({ error: { code } });
});

it('answers a body of more than 10 MB before it is read, and the client gets to know', async () => {
  let read = 0;
  const url = await start((request, _response, next) => {
    request.on('data', (chunk: Buffer) => (read += chunk.length));
    next();
  });
  const response = await fetch(url, { method: 'POST', body: new Uint8Array(30_000_000) });
  expect(response.status).toBe(413);
  expect(await response.json()).toMatchObject({ error: { code: 'payload_too_large' } });
  expect(read).toBe(0);
});

it('answers a client that asks before it sends without letting it send', async () => {
  const { port } = new URL(await start(null));
  const socket = createConnection({ port: Number(port), host: '127.0.0.1' });
  socket.write('POST / HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 20000000\r\n\r\n');
  const text = await new Promise<string>((resolve, reject) => {
    let received = '';
    socket.on('data', (chunk) => {
      received += String(chunk);
    });
    socket.on('end', () => resolve(received));
    socket.on('error', reject);
  });
  socket.destroy();
  expect(text).toMatch(/^HTTP\/1\.1 413 /);
});

it('is alive whatever is missing, and ready when nothing is', async () => {
  let parts = { postgres: true, redis: true, migrations: true };
  const url = await start(null, { health: async () => parts });
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  parts = { postgres: true, redis: false, migrations: false };
  const response = await fetch(`${url}/readyz`);
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({ missing: ['redis', 'migrations'] });
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
});

it("hands a provider's webhook on as it came", async () => {
  const received: { headers: object; rawBody: Buffer }[] = [];
  const generations: WebCore['generations'] = {
    receiveProviderWebhook: async (webhook) => void received.push(webhook),
  };
  const url = await start(null, { generations });
  const body = '{ "id": "p1",  "odd": "spacing" }';
  const response = await fetch(`${url}/webhooks/replicate`, { ...json(body), headers: { 'webhook-id': 'w1' } });
  expect(response.status).toBe(200);
  expect(received[0]?.rawBody.toString()).toBe(body);
  expect(received[0]?.headers).toMatchObject({ 'webhook-id': 'w1' });
});

it('ends event streams and stops', async () => {
  const url = await start((_request, response) => {
    response.set('content-type', 'text/event-stream').write(': hello\n\n');
  });
  const stream = await fetch(url);
  await web?.stop();
  expect(await stream.text()).toBe(': hello\n\n');
  await expect(fetch(url)).rejects.toThrow();
});

it('finishes what is in hand before it stops', async () => {
  let finish = () => {};
  const arrived = Promise.withResolvers<void>();
  const url = await start((_request, response) => {
    finish = () => response.send('done');
    arrived.resolve();
  });
  const answer = fetch(url);
  await arrived.promise;
  const stopped = web?.stop();
  finish();
  expect(await (await answer).text()).toBe('done');
  await stopped;
});

it('names PORT when it is taken', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as { port: number };
  const settings = { ...createFakeCore().settings, port };
  const starting = createWeb({ core: createFakeCore({ settings }), mounts: [] }).start();
  await expect(starting).rejects.toThrow(SettingsError);
  await expect(starting).rejects.toThrow(`PORT: ${port} is in use`);
  other.close();
});
