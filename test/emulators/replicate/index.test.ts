import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, test } from 'vitest';
import { type EmulatorOptions, startReplicate } from './index.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

async function start(options: EmulatorOptions = {}) {
  const replicate = await startReplicate(options);
  open.push(replicate);
  const ask = async (path: string, init: RequestInit = {}) => {
    const headers = {
      authorization: `Bearer ${replicate.token}`,
      'content-type': 'application/json',
      ...init.headers,
    };
    const response = await fetch(`${replicate.apiUrl}${path}`, {
      ...init,
      headers,
    });
    return {
      status: response.status,
      headers: response.headers,
      // Why any: each endpoint answers another shape, and the tests name what they expect of it.
      // biome-ignore lint/suspicious/noExplicitAny: see above
      body: (await response.json()) as any,
    };
  };
  const create = (input: object, rest: object = {}, headers: Record<string, string> = {}) =>
    ask('/models/black-forest-labs/flux-schnell/predictions', {
      method: 'POST',
      headers,
      body: JSON.stringify({ input, ...rest }),
    });
  return { replicate, ask, create };
}

/** Receives webhooks; answers with the next of `statuses`, then 200. */
async function receive(statuses: number[] = []) {
  const messages: { headers: Record<string, string>; body: string }[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    messages.push({ headers: request.headers as Record<string, string>, body });
    response.writeHead(statuses.shift() ?? 200).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({
    close: () => new Promise((resolve) => server.close(() => resolve())),
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    messages,
  };
}

describe('refuses what the real service refuses', () => {
  test('a wrong token', async () => {
    const { ask } = await start();
    expect(await ask('/account', { headers: { authorization: 'Bearer wrong' } })).toMatchObject({
      status: 401,
      body: { title: 'Unauthenticated' },
    });
  });

  test.each([
    [{}, 'prompt is required'],
    [{ prompt: 'a', width: 100 }, 'Additional property width is not allowed'],
    [{ prompt: 'a', aspect_ratio: '7:1' }, 'must be one of the following'],
    [{ prompt: 'a', num_outputs: 5 }, 'Must be less than or equal to 4'],
    [{ prompt: 'a', num_outputs: 0 }, 'Must be greater than or equal to 1'],
    [{ prompt: 'a', seed: '7' }, 'Invalid type. Expected: integer, given: string'],
  ])('the input %j', async (input, detail) => {
    const { replicate, create } = await start();
    expect(await create(input)).toMatchObject({
      status: 422,
      body: {
        title: 'Input validation failed',
        detail: expect.stringContaining(detail),
      },
    });
    expect(replicate.predictions.list()).toEqual([]);
  });

  test('wrong headers and callbacks', async () => {
    const { create } = await start();
    const input = { prompt: 'a' };
    expect((await create(input, {}, { prefer: 'wait=61' })).status).toBe(400);
    expect((await create(input, {}, { 'cancel-after': '2s' })).status).toBe(400);
    expect((await create(input, { webhook: 'http://example.com/hook' })).status).toBe(422);
    expect((await create(input, { webhook_events_filter: ['finished'] })).status).toBe(422);
  });

  test('more creations in a minute than the limit, then no more', async () => {
    let now = 1_000_000;
    const { create } = await start({ creationsPerMinute: 2, clock: () => now });
    await create({ prompt: 'a' });
    await create({ prompt: 'a' });
    const refused = await create({ prompt: 'a' });
    expect(refused).toMatchObject({
      status: 429,
      body: {
        detail: 'Request was throttled. Your rate limit resets in ~60s.',
      },
    });
    expect(refused.headers.get('retry-after')).toBe('60');
    now += 60_000;
    expect((await create({ prompt: 'a' })).status).toBe(201);
  });

  test('an account without credit, an unknown model, an unknown prediction', async () => {
    const { replicate, create, ask } = await start();
    replicate.setCredit(false);
    expect(await create({ prompt: 'a' })).toMatchObject({
      status: 402,
      body: { title: 'Insufficient credit' },
    });
    expect((await ask('/models/nobody/nothing')).status).toBe(404);
    expect((await ask('/predictions/abc')).status).toBe(404);
  });
});

describe('runs predictions', () => {
  test('holds a request that prefers to wait until the end', async () => {
    const { create } = await start();
    const { status, body } = await create({ prompt: 'a', num_outputs: 2 }, {}, { prefer: 'wait=10' });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      status: 'succeeded',
      output: [expect.stringMatching(/out-0\.webp$/), expect.stringMatching(/out-1\.webp$/)],
    });
    expect(body.logs).toMatch(/100%\|█+\| 28\/28/);
    const file = await fetch(body.output[0]);
    expect(file.headers.get('content-type')).toBe('image/webp');
  });

  test('answers 202 when the time to wait is over first', async () => {
    const { replicate, create } = await start();
    replicate.holdPredictions();
    expect(await create({ prompt: 'a' }, {}, { prefer: 'wait=1' })).toMatchObject({
      status: 202,
      body: { status: 'starting' },
    });
  });

  test('by version too, and cancels', async () => {
    const { replicate, ask } = await start();
    replicate.holdPredictions();
    const { body: model } = await ask('/models/qwen/qwen-image');
    const creation = {
      version: model.latest_version.id,
      input: { prompt: 'a' },
    };
    const { body } = await ask('/predictions', {
      method: 'POST',
      body: JSON.stringify(creation),
    });
    expect(body).toMatchObject({
      model: 'qwen/qwen-image',
      version: creation.version,
    });
    expect(await ask(`/predictions/${body.id}/cancel`, { method: 'POST' })).toMatchObject({
      status: 200,
      body: { status: 'canceled' },
    });
  });

  test('forgets inputs and outputs after an hour', async () => {
    let now = Date.now();
    const { create, ask } = await start({ clock: () => now });
    const { body } = await create({ prompt: 'a' }, {}, { prefer: 'wait' });
    now += 60 * 60_000;
    expect((await fetch(body.output[0])).status).toBe(404);
    expect((await ask(`/predictions/${body.id}`)).body).toMatchObject({
      data_removed: true,
      input: {},
      output: null,
    });
  });

  test('lists the newest first, page by page', async () => {
    const { create, ask } = await start({ pageSize: 2 });
    const ids: string[] = [];
    for (const prompt of ['a', 'b', 'c']) ids.unshift((await create({ prompt })).body.id);
    const first = await ask('/predictions');
    expect(first.body.results.map(({ id }: { id: string }) => id)).toEqual(ids.slice(0, 2));
    const second = await ask(first.body.next.replace(/^.*\/v1/, ''));
    expect(second.body).toMatchObject({
      next: null,
      results: [{ id: ids[2], input: { prompt: 'a' } }],
    });
  });
});

describe('calls back', () => {
  test('with a signature, and again until it is answered 2xx', async () => {
    const { replicate, create } = await start();
    const { url, messages } = await receive([500, 503]);
    const { body } = await create({ prompt: 'a' }, { webhook: url, webhook_events_filter: ['completed'] });
    const attempts = [await replicate.nextDelivery(), await replicate.nextDelivery(), await replicate.nextDelivery()];
    expect(attempts.map(({ status }) => status)).toEqual([500, 503, 200]);
    expect(new Set(attempts.map(({ webhookId }) => webhookId)).size).toBe(1);
    const [message] = messages;
    if (!message) throw new Error('nothing came');
    expect(new Webhook(replicate.webhookSecret).verify(message.body, message.headers)).toMatchObject({
      id: body.id,
      status: 'succeeded',
    });
  });

  test('twice when told to, and with every event asked for', async () => {
    const { replicate, create } = await start();
    const { url } = await receive();
    replicate.repeatWebhooks(2);
    const { body } = await create({ prompt: 'a' }, { webhook: url, webhook_events_filter: ['start', 'completed'] });
    for (let count = 0; count < 4; count++) await replicate.nextDelivery();
    const events = replicate.deliveries
      .filter(({ predictionId }) => predictionId === body.id)
      .map(({ event }) => event);
    expect(events.sort()).toEqual(['completed', 'completed', 'start', 'start']);
  });
});
