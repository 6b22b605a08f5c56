import express from 'express';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Scope } from '../../core/index.ts';
import { makeMember, makePlan, startTestCore, type TestCore } from '../../test/support/core.ts';
import { createWeb, type Web } from '../index.ts';
import { createAccountRoutes } from './account.ts';
import { createApiKeyRoutes } from './api-keys.ts';
import { callerOf, createAuth, refuseKeysInBody } from './auth.ts';

let service: TestCore;
let web: Web;
let accountId: string;
let email: string;

beforeAll(async () => {
  service = await startTestCore({ environment: { PORT: '0' } });
  const { core } = service;
  const auth = createAuth({ core });
  const router = express.Router();
  router.use(createAccountRoutes({ core, auth }), createApiKeyRoutes({ core, auth }));
  // As a route that spends quota does it.
  const body = [express.json(), refuseKeysInBody];
  router.post('/v1/spend', auth('generate'), body, async (request: express.Request, response: express.Response) => {
    const { account, key } = callerOf(response);
    const { receipt } = await core.generations.request({
      account,
      source: `rest:${account.id}`,
      requestId: crypto.randomUUID(),
      input: { prompt: String(request.body?.prompt ?? 'a fox') },
      locale: 'en',
      replyTo: null,
      apiKey: key,
    });
    response.json({ receipt });
  });
  // At whatever port is free.
  const settings = { ...core.settings, publicUrlGiven: false };
  web = createWeb({ core: { ...core, settings }, mounts: [{ path: '/', handler: router }] });
  await web.start();
});
afterAll(async () => {
  await web.stop();
  await service.close();
});
beforeEach(async () => {
  const plan = await makePlan(service.core, { perDay: 20 });
  ({
    account: { id: accountId, email },
  } = await makeMember(service.core, { plan }));
});

const allScopes: Scope[] = ['generate', 'read', 'manage'];
async function makeKey(given: Partial<Parameters<typeof service.core.apiKeys.create>[0]> = {}) {
  const wanted = { accountId, name: 'test', scopes: allScopes, expiresAt: null, dailyCap: null, ...given };
  return service.core.apiKeys.create(wanted);
}

async function call(
  path: string,
  given: { method?: string; key?: string; headers?: Record<string, string>; body?: unknown } = {},
) {
  const { method = 'GET', key, headers = {}, body } = given;
  const response = await fetch(web.url.replace('localhost', '127.0.0.1') + path, {
    method,
    headers: {
      ...(key ? { authorization: `Bearer ${key}` } : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  const get = (name: string) => response.headers.get(name);
  return { status: response.status, get, text, json: text ? JSON.parse(text) : null };
}

test('without a key, or with something else, it says how to bring one', async () => {
  for (const headers of [{}, { authorization: 'Basic YTpi' }, { authorization: 'Bearer' }, { 'x-api-key': 'esl' }]) {
    const { status, json, get } = await call('/v1/account', { headers: headers as Record<string, string> });
    expect(status).toBe(401);
    expect(json.error).toMatchObject({ type: 'authentication_error', code: 'key_missing' });
    expect(json.error.message).toContain('Authorization: Bearer esl_live_');
    expect(get('www-authenticate')).toBe('Bearer realm="easel"');
  }
});

test('a mistyped, a revoked and an expired key are each told apart', async () => {
  const { key, secret } = await makeKey();
  const typo = await call('/v1/account', { key: `${secret.slice(0, -1)}${secret.endsWith('a') ? 'b' : 'a'}` });
  expect([typo.status, typo.json.error.code]).toEqual([401, 'key_invalid']);
  expect(typo.get('www-authenticate')).toContain('error="invalid_token"');
  expect((await call('/v1/account', { headers: { authorization: `bearer  ${secret}` } })).status).toBe(200);
  await service.core.apiKeys.revoke(accountId, key.id);
  const revoked = await call('/v1/account', { key: secret });
  expect([revoked.status, revoked.json.error.code]).toEqual([401, 'key_revoked']);
  const expiring = await makeKey();
  await service.core.database.prisma.apiKey.update({
    where: { id: expiring.key.id },
    data: { expiresAt: new Date(Date.now() - 1000) },
  });
  const expired = await call('/v1/account', { key: expiring.secret });
  expect([expired.status, expired.json.error.code]).toEqual([401, 'key_expired']);
});

test('a key in the address or in a body is refused as leaked, with or without a good one in its place', async () => {
  const { secret } = await makeKey();
  const answers = [
    await call(`/v1/account?api_key=${secret}`),
    await call(`/v1/account?a[b]=${secret}`, { key: secret }),
    await call('/v1/spend', { method: 'POST', body: { api_key: secret } }),
    await call('/v1/spend', { method: 'POST', body: { prompt: `use ${secret} please` }, key: secret }),
    await call('/v1/api-keys', { method: 'POST', body: { name: secret }, key: secret }),
  ];
  for (const { status, json, text } of answers) {
    expect(status).toBe(400);
    expect(json.error).toMatchObject({ type: 'invalid_request_error', code: 'key_misplaced' });
    expect(json.error.message).toMatch(/leaked.*revoke/);
    expect(text).not.toContain(secret);
  }
  expect(service.logged.join('\n')).not.toContain(secret);
});

test('a body nested as deep as it may be is refused like any other without a key', async () => {
  const deep = `${'['.repeat(7_000)}${']'.repeat(7_000)}`;
  const { status, json } = await call('/v1/spend', { method: 'POST', body: deep });
  expect([status, json.error.code]).toEqual([401, 'key_missing']);
});

test('a key does what its scopes say and nothing else', async () => {
  const { secret } = await makeKey({ scopes: ['read'] });
  expect((await call('/v1/account', { key: secret })).status).toBe(200);
  const refused = await call('/v1/api-keys', { key: secret });
  expect(refused.status).toBe(403);
  expect(refused.json.error).toMatchObject({ type: 'permission_error', code: 'scope_missing' });
  expect(refused.json.error.message).toMatch(/manage.*read/);
  expect(refused.get('www-authenticate')).toContain('error="insufficient_scope", scope="manage"');
  expect((await call('/v1/spend', { method: 'POST', key: secret, body: {} })).status).toBe(403);
});

test('the account is shown in the shape that was promised', async () => {
  const { secret } = await makeKey();
  await call('/v1/spend', { method: 'POST', key: secret, body: {} });
  const { status, json } = await call('/v1/account', { key: secret });
  expect(status).toBe(200);
  expect(json).toEqual({
    id: accountId,
    email,
    plan: { slug: expect.any(String), name: expect.any(String) },
    usage: {
      daily: { used: 1, limit: 20, remaining: 19, resets_at: expect.stringMatching(/T00:00:00.000Z$/) },
      monthly: { used: 1, limit: null, remaining: null, resets_at: expect.stringMatching(/-01T00:00:00.000Z$/) },
      top_up: { remaining: 0 },
    },
    limits: { per_minute: 100_000, cooldown_seconds: 0, concurrent: 100_000 },
  });
});

test('every answer to a key says what is left of today, and a 429 when to come back', async () => {
  const { secret } = await makeKey({ dailyCap: 2 });
  const toMidnight = Math.ceil((86_400_000 - (Date.now() % 86_400_000)) / 1000);
  const first = await call('/v1/account', { key: secret });
  expect([first.get('ratelimit-limit'), first.get('ratelimit-remaining')]).toEqual(['2', '2']);
  expect(Math.abs(Number(first.get('ratelimit-reset')) - toMidnight)).toBeLessThan(10);
  const bad = await call('/v1/api-keys', { method: 'POST', key: secret, body: { name: '' } });
  expect([bad.status, bad.get('ratelimit-remaining')]).toEqual([400, '2']);
  for (const _ of [1, 2]) await call('/v1/spend', { method: 'POST', key: secret, body: {} });
  const over = await call('/v1/spend', { method: 'POST', key: secret, body: {} });
  expect(over.status).toBe(429);
  expect(over.json.error).toMatchObject({
    type: 'rate_limit_error',
    code: 'quota_exceeded',
    receipt: { limit: 'daily', max: 2, used: 2, remaining: 0, hint: 'key_cap' },
  });
  expect(over.json.error.message).toContain('cap of this API key');
  expect([over.get('ratelimit-limit'), over.get('ratelimit-remaining')]).toEqual(['2', '0']);
  expect(over.get('retry-after')).toMatch(/^\d+$/);
  expect(over.get('ratelimit-reset')).toBe(over.get('retry-after'));
});

test('a network that sends many bad keys is told when to come back, and a good key still works from there', async () => {
  // That each comes from somebody else is only said, by nobody who is trusted.
  const guess = (times: number) =>
    call('/v1/account', { key: 'esl_live_nonsense', headers: { 'x-forwarded-for': `203.0.113.${times}` } });
  for (let times = 0; times < 30; times++) await guess(times);
  const { status, json, get } = await guess(30);
  expect([status, json.error.code]).toEqual([429, 'too_many_attempts']);
  expect(Number(get('retry-after'))).toBeGreaterThan(800);
  const { secret } = await makeKey();
  expect((await call('/v1/account', { key: secret })).status).toBe(200);
});

test('keys are made, listed without themselves, used and revoked', async () => {
  const { secret } = await makeKey();
  const made = await call('/v1/api-keys', {
    method: 'POST',
    key: secret,
    body: { name: ' ci ', expires_at: '2099-01-01T01:00:00+01:00', daily_cap: 7 },
  });
  expect(made.status).toBe(201);
  expect(made.get('cache-control')).toBe('no-store');
  const { key: text, ...shown } = made.json;
  expect(shown).toEqual({
    id: expect.any(String),
    name: 'ci',
    prefix: text.slice(0, 13),
    last_four: text.slice(-4),
    scopes: ['generate', 'read'],
    daily_cap: 7,
    expires_at: '2099-01-01T00:00:00.000Z',
    last_used_at: null,
    created_at: expect.any(String),
  });
  expect((await call('/v1/account', { key: text })).status).toBe(200);
  const list = await call('/v1/api-keys', { key: secret });
  expect(list.json).toMatchObject({ data: [{ id: shown.id }, { name: 'test' }], next_cursor: null });
  expect(list.text).not.toContain(text);
  expect(await call(`/v1/api-keys/${shown.id}`, { method: 'DELETE', key: secret })).toMatchObject({
    status: 204,
    text: '',
  });
  expect((await call('/v1/account', { key: text })).json.error.code).toBe('key_revoked');
  expect((await call(`/v1/api-keys/${shown.id}`, { method: 'DELETE', key: secret })).status).toBe(404);
  expect((await call('/v1/api-keys', { key: secret })).json.data).toHaveLength(1);
});

test('a key never gives more than it has', async () => {
  const expiresAt = new Date(Date.now() + 3_600_000);
  const { secret } = await makeKey({ scopes: ['read', 'manage'], dailyCap: 5, expiresAt });
  const make = (body: object) =>
    call('/v1/api-keys', { method: 'POST', key: secret, body: { name: 'child', ...body } });
  expect((await make({})).json.error.code).toBe('scope_missing');
  expect((await make({ scopes: ['read', 'generate'] })).status).toBe(403);
  const later = new Date(expiresAt.getTime() + 1).toISOString();
  expect((await make({ scopes: ['read'], expires_at: later })).json.error.param).toBe('expires_at');
  expect((await make({ scopes: ['read'], daily_cap: 6 })).json.error.param).toBe('daily_cap');
  expect((await make({ scopes: ['read'] })).json).toMatchObject({ daily_cap: 5, expires_at: expiresAt.toISOString() });
});

test.each([
  [{}, 'name'],
  [{ name: 'x'.repeat(65) }, 'name'],
  [{ name: 'a', scopes: [] }, 'scopes'],
  [{ name: 'a', scopes: ['root'] }, 'scopes.0'],
  [{ name: 'a', expires_at: 'tomorrow' }, 'expires_at'],
  [{ name: 'a', expires_at: '2020-01-01T00:00:00Z' }, 'expires_at'],
  [{ name: 'a', daily_cap: 0 }, 'daily_cap'],
])('%j is refused by the name of what is wrong', async (body, param) => {
  const { secret } = await makeKey();
  const { status, json } = await call('/v1/api-keys', { method: 'POST', key: secret, body });
  expect(status).toBe(400);
  expect(json.error).toMatchObject({ code: 'invalid_input', param });
});

test('a field that does not exist is named, with what was likely meant', async () => {
  const { secret } = await makeKey();
  const { status, json } = await call('/v1/api-keys', {
    method: 'POST',
    key: secret,
    body: { name: 'a', daily_cpa: 3 },
  });
  expect([status, json.error.code, json.error.param]).toEqual([400, 'unknown_field', 'daily_cpa']);
  expect(json.error.message).toContain('daily_cap?');
});

test('somebody else cannot revoke or see a key', async () => {
  const { key } = await makeKey();
  const { account: stranger } = await makeMember(service.core);
  const theirs = await makeKey({ accountId: stranger.id });
  expect((await call(`/v1/api-keys/${key.id}`, { method: 'DELETE', key: theirs.secret })).status).toBe(404);
  expect((await call('/v1/api-keys', { key: theirs.secret })).json.data).toHaveLength(1);
});

test('a suspended account is refused', async () => {
  const { secret } = await makeKey();
  await service.core.accounts.setStatus(accountId, 'suspended');
  const { status, json } = await call('/v1/account', { key: secret });
  expect([status, json.error.code]).toEqual([403, 'account_suspended']);
});
