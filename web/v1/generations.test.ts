import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PresentedGeneration } from '../../core/index.ts';
import { startTestRest, type TestRest } from '../../test/support/rest.ts';

let rest: TestRest;
beforeAll(async () => {
  rest = await startTestRest();
});
afterAll(() => rest.close());

const read = async (response: Response) => (await response.json()) as PresentedGeneration;
type Refusal = { error: { type: string; code: string; message: string; param?: string; receipt?: object } };
const readRefusal = async (response: Response) => ((await response.json()) as Refusal).error;
const prompt = 'a red fox in the snow';

it('accepts with 202, and shows one until its picture opens without a key', async () => {
  const { ask } = await rest.developer();
  const response = await ask('/v1/generations', { json: { prompt, aspect_ratio: '16:9', count: 2, seed: 7 } });
  expect(response.status).toBe(202);
  const accepted = await read(response);
  expect(accepted).toMatchObject({ prompt, aspect_ratio: '16:9', count: 2, seed: 7, images: [], finished_at: null });
  expect(['queued', 'running']).toContain(accepted.status);
  expect(response.headers.get('location')).toBe(`/v1/generations/${accepted.id}`);
  expect(response.headers.get('ratelimit-remaining')).toBe('998');

  const events = await (await ask(`/v1/generations/${accepted.id}/events`)).text();
  expect(events).toContain('event: generation.succeeded');
  const ended = await read(await ask(`/v1/generations/${accepted.id}`));
  expect(ended).toMatchObject({ status: 'succeeded', queue_position: null, progress: 1 });
  expect(ended.images).toHaveLength(2);
  const picture = await fetch(ended.images[0]?.url ?? '');
  expect(picture.status).toBe(200);
  expect((await picture.bytes()).length).toBe(ended.images[0]?.bytes);
});

it('keeps who prefers it waiting, no longer than it takes', async () => {
  const { ask } = await rest.developer();
  const began = Date.now();
  const response = await ask('/v1/generations', { json: { prompt }, headers: { prefer: 'wait=30' } });
  expect(response.status).toBe(200);
  expect(response.headers.get('preference-applied')).toBe('wait=30');
  expect(await read(response)).toMatchObject({ status: 'succeeded' });
  expect(Date.now() - began).toBeLessThan(10_000);
});

it('answers 202 when the time to wait is over', async () => {
  const slow = await startTestRest({ worker: false });
  try {
    const { ask } = await slow.developer();
    const response = await ask('/v1/generations', { json: { prompt }, headers: { prefer: 'respond-async, wait=1' } });
    expect(response.status).toBe(202);
    expect(await read(response)).toMatchObject({ status: 'queued', queue_position: 1 });
  } finally {
    await slow.close();
  }
});

it('makes one of the same request sent fifty times at once', async () => {
  const { account, ask } = await rest.developer();
  const headers = { 'idempotency-key': crypto.randomUUID() };
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => ask('/v1/generations', { json: { prompt }, headers })),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
  expect(new Set((await Promise.all(answers.map(read))).map(({ id }) => id)).size).toBe(1);
  expect(await rest.core.database.prisma.generation.count({ where: { accountId: account.id } })).toBe(1);
  expect((await rest.core.quotas.status(account.id, account.plan)).daily.used).toBe(1);
  expect(answers.filter((answer) => answer.headers.get('idempotent-replayed') === 'true')).toHaveLength(49);
});

it('repeats the first answer also when no quota is left, in whatever order the fields come', async () => {
  const { ask } = await rest.developer({ limits: { perDay: 1 } });
  const headers = { 'idempotency-key': 'order 1' };
  const first = await ask('/v1/generations', { json: { prompt, seed: 3 }, headers: { ...headers, prefer: 'wait=30' } });
  const again = await ask('/v1/generations', { json: { seed: 3, prompt }, headers });
  expect(again.status).toBe(202);
  expect((await read(again)).id).toBe((await read(first)).id);
});

it('refuses another body under the same key, and serves another account under it', async () => {
  const [one, other] = await Promise.all([rest.developer(), rest.developer()]);
  const headers = { 'idempotency-key': 'the same' };
  await one.ask('/v1/generations', { json: { prompt }, headers });
  const refused = await one.ask('/v1/generations', { json: { prompt: 'a blue whale' }, headers });
  expect(refused.status).toBe(422);
  expect(await readRefusal(refused)).toMatchObject({ code: 'idempotency_mismatch', param: 'Idempotency-Key' });
  expect((await other.ask('/v1/generations', { json: { prompt: 'a blue whale' }, headers })).status).toBe(202);
});

it('answers 409 while the first request under a key is still kept waiting', async () => {
  const slow = await startTestRest({ worker: false });
  try {
    const { account, ask } = await slow.developer();
    const headers = { 'idempotency-key': 'patience' };
    const first = ask('/v1/generations', { json: { prompt }, headers: { ...headers, prefer: 'wait=20' } });
    const accepted = await expect
      .poll(() => slow.core.database.prisma.generation.findFirst({ where: { accountId: account.id } }))
      .not.toBeNull()
      .then(() => slow.core.database.prisma.generation.findFirstOrThrow({ where: { accountId: account.id } }));
    const second = await ask('/v1/generations', { json: { prompt }, headers });
    expect(second.status).toBe(409);
    expect((await readRefusal(second)).code).toBe('idempotency_in_flight');
    await ask(`/v1/generations/${accepted.id}/cancel`, { method: 'POST' });
    expect((await first).status).toBe(200);
    expect((await ask('/v1/generations', { json: { prompt }, headers })).status).toBe(202);
  } finally {
    await slow.close();
  }
});

it('forgets a key after 24 hours, and makes one again of fifty at once', async () => {
  const { account, ask } = await rest.developer();
  const headers = { 'idempotency-key': 'daily' };
  const first = await read(await ask('/v1/generations', { json: { prompt }, headers }));
  const { prisma } = rest.core.database;
  const yesterday = new Date(Date.now() - 24 * 3_600_000 - 1000);
  await prisma.generation.updateMany({ where: { id: first.id }, data: { createdAt: yesterday } });
  const later = await Promise.all(
    Array.from({ length: 50 }, () => ask('/v1/generations', { json: { prompt: 'a blue whale' }, headers })),
  );
  const ids = new Set((await Promise.all(later.map(read))).map(({ id }) => id));
  expect(ids.size).toBe(1);
  expect(ids).not.toContain(first.id);
  expect(await prisma.generation.count({ where: { accountId: account.id } })).toBe(2);
});

it('says what it would cost, and spends nothing', async () => {
  const { account, ask } = await rest.developer({ limits: { perDay: 2, perMinute: 1, cooldownSeconds: 60 } });
  for (let times = 0; times < 3; times++) {
    const response = await ask('/v1/generations?dry_run=true', { json: { prompt, count: 2 } });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      dry_run: true,
      allowed: true,
      cost: { images: 2 },
      receipt: { limit: 'daily', max: 2, used: 0, remaining: 2 },
    });
  }
  expect(await rest.core.database.prisma.generation.count({ where: { accountId: account.id } })).toBe(0);
  expect((await ask('/v1/generations', { json: { prompt, count: 2 } })).status).toBe(202);
  const refused = (await (await ask('/v1/generations?dry_run=true', { json: { prompt } })).json()) as object;
  expect(refused).toMatchObject({ allowed: false, receipt: { limit: 'daily', remaining: 0 } });
});

it('says in every answer what is left of today, also when it was not asked to decide', async () => {
  const { ask } = await rest.developer({ limits: { perDay: 5 } });
  const left = async (json: unknown, headers = {}) =>
    (await ask('/v1/generations', { json, headers })).headers.get('ratelimit-remaining');
  const same = { 'idempotency-key': 'the same' };
  expect(await left({ prompt: 7 })).toBe('5');
  expect(await left({ prompt }, same)).toBe('4');
  expect(await left({ prompt }, same)).toBe('4');
  expect(await left({ prompt: 'another' }, same)).toBe('4');
});

it('refuses over the limit with 429, a receipt and when to come back', async () => {
  const { ask } = await rest.developer({ limits: { perDay: 1 } });
  await ask('/v1/generations', { json: { prompt } });
  const response = await ask('/v1/generations', { json: { prompt } });
  expect(response.status).toBe(429);
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(response.headers.get('ratelimit-limit')).toBe('1');
  expect(await readRefusal(response)).toMatchObject({
    type: 'rate_limit_error',
    code: 'quota_exceeded',
    receipt: { limit: 'daily', max: 1, used: 1, remaining: 0 },
  });
});

it.each([
  ['a misspelt field', { prompt, sytle: 'noir' }, 'unknown_field', 'sytle', 'style'],
  ['a misspelt field that is needed', { promt: prompt }, 'unknown_field', 'promt', 'prompt'],
  ['an unknown style', { prompt, style: 'watercolour' }, 'unknown_choice', 'style', 'watercolor'],
  ['an unknown model', { prompt, model: 'sandbox' }, 'unknown_choice', 'model', 'sandbox-'],
  ['an unknown shape', { prompt, aspect_ratio: '5:1' }, 'invalid_input', 'aspect_ratio', '16:9'],
  ['too many', { prompt, count: 11 }, 'invalid_input', 'count', '10'],
  ['a fraction', { prompt, count: 1.5 }, 'invalid_input', 'count', 'int'],
  ['no prompt', {}, 'invalid_input', 'prompt', 'string'],
  ['an empty prompt', { prompt: '  ' }, 'prompt_missing', 'prompt', ''],
  ['a long prompt', { prompt: 'a'.repeat(1001) }, 'prompt_too_long', 'prompt', '1,000'],
  ['a number as prompt', { prompt: 7 }, 'invalid_input', 'prompt', 'string'],
  ['a list as body', [prompt], 'invalid_input', 'body', 'object'],
])('refuses %s and names it', async (_, json, code, param, near) => {
  const { ask } = await rest.developer();
  const response = await ask('/v1/generations', { json });
  expect(response.status).toBe(400);
  const error = await readRefusal(response);
  expect(error).toMatchObject({ type: 'invalid_request_error', code, param });
  expect(error.message).toContain(near);
});

it('refuses what is no JSON, or too much of it', async () => {
  const { ask } = await rest.developer();
  const send = (body: string, type: string) =>
    ask('/v1/generations', { method: 'POST', body, headers: { 'content-type': type } });
  expect((await send('{"prompt": ', 'application/json')).status).toBe(400);
  expect((await send('prompt=fox', 'application/x-www-form-urlencoded')).status).toBe(415);
  expect((await send(JSON.stringify({ prompt: 'a'.repeat(10_000_001) }), 'application/json')).status).toBe(413);
  const put = await ask('/v1/generations', { method: 'PUT', json: { prompt } });
  expect(put.status).toBe(405);
  expect(put.headers.get('allow')).toBe('POST, GET');
});

it('cancels with refund, once', async () => {
  const slow = await startTestRest({ worker: false });
  try {
    const { account, ask } = await slow.developer();
    const { id } = await read(await ask('/v1/generations', { json: { prompt, count: 2 } }));
    const cancelled = await ask(`/v1/generations/${id}/cancel`, { method: 'POST' });
    expect(await read(cancelled)).toMatchObject({ status: 'cancelled', progress: 1 });
    expect((await slow.core.quotas.status(account.id, account.plan)).daily.used).toBe(0);
    const again = await ask(`/v1/generations/${id}/cancel`, { method: 'POST' });
    expect(again.status).toBe(409);
    expect((await readRefusal(again)).code).toBe('already_ended');
  } finally {
    await slow.close();
  }
});

it("answers 404 for others' generations", async () => {
  const [one, other] = await Promise.all([rest.developer(), rest.developer()]);
  const { id } = await read(await one.ask('/v1/generations', { json: { prompt } }));
  for (const [path, method] of [
    [`/v1/generations/${id}`, 'GET'],
    [`/v1/generations/${id}/events`, 'GET'],
    [`/v1/generations/${id}/cancel`, 'POST'],
    ['/v1/generations/nonsense', 'GET'],
  ] as const) {
    const response = await other.ask(path, { method });
    expect(response.status, path).toBe(404);
    expect((await readRefusal(response)).code).toBe('not_found');
  }
  expect(await (await other.ask('/v1/generations')).json()).toEqual({ data: [], next_cursor: null });
});

it('lists by cursor, each once, while others are added', async () => {
  const { ask } = await rest.developer();
  const add = async () => (await read(await ask('/v1/generations', { json: { prompt } }))).id;
  const made: string[] = [];
  for (let count = 0; count < 7; count++) made.push(await add());
  const listed: string[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const page: Response = await ask(`/v1/generations?limit=3${cursor && `&cursor=${cursor}`}`);
    const { data, next_cursor: next } = (await page.json()) as {
      data: PresentedGeneration[];
      next_cursor: string | null;
    };
    listed.push(...data.map(({ id }) => id));
    cursor = next;
    await add();
  }
  expect(listed).toEqual(made.toReversed());
});

it('filters by status and refuses broken cursors and parameters', async () => {
  const { ask } = await rest.developer();
  const wait = { prefer: 'wait=30' };
  const { id } = await read(await ask('/v1/generations', { json: { prompt }, headers: wait }));
  const list = async (query: string) =>
    ((await (await ask(`/v1/generations?${query}`)).json()) as { data: { id: string }[] }).data;
  expect(await list('status=succeeded')).toMatchObject([{ id }]);
  expect(await list('status=failed')).toEqual([]);
  for (const [query, param] of [
    ['cursor=nonsense', 'cursor'],
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['status=done', 'status'],
    ['stauts=failed', 'stauts'],
  ] as const) {
    const response = await ask(`/v1/generations?${query}`);
    expect(response.status, query).toBe(400);
    expect((await readRefusal(response)).param).toBe(param);
  }
});

it('goes on with events where a reader was, and says when there is nothing more', async () => {
  const { ask } = await rest.developer();
  const { id } = await read(await ask('/v1/generations', { json: { prompt } }));
  const follow = (last?: string) =>
    ask(`/v1/generations/${id}/events`, { headers: last ? { 'last-event-id': last } : {} });
  const response = await follow();
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  const text = await response.text();
  const ids = [...text.matchAll(/^id: (.+)$/gm)].map(([, mark]) => mark as string);
  expect(new Set(ids).size).toBe(ids.length);
  expect(text.match(/^event: .*$/gm)?.at(-1)).toBe('event: generation.succeeded');
  expect((await follow(ids.at(-1))).status).toBe(204);
  expect(await (await follow('0')).text()).toContain('event: generation.succeeded');
});
