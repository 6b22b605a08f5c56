import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AppError } from '../core/index.ts';
import { makeMember, makePlan, startTestCore, type TestCore } from '../test/support/core.ts';
import { createAdmin } from './index.ts';

let service: TestCore;
let server: Server;
let base: string;
const ids = { owner: crypto.randomUUID(), operator: crypto.randomUUID(), viewer: crypto.randomUUID() };
type Staff = keyof typeof ids;

beforeAll(async () => {
  service = await startTestCore();
  const { account } = service.core.database.prisma;
  for (const [role, id] of Object.entries(ids) as [Staff, string][]) {
    await account.create({ data: { id, role, email: `${role}@example.com`, passwordHash: '$argon2id$secret' } });
  }
  const app = express();
  app.use('/admin', createAdmin({ core: service.core, guard: guardByHeader }), answerRefusals);
  server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/admin`;
});
afterAll(async () => {
  server.close();
  await service.close();
});

/** Stands for the sign-in, whose own tests are elsewhere: whoever names a role has it. */
const guardByHeader: RequestHandler = async (request, response, next) => {
  const id = ids[request.get('x-role') as Staff];
  if (!id) throw new AppError('sign_in_required');
  response.locals.account = await service.core.accounts.get(id);
  next();
};
const answerRefusals: ErrorRequestHandler = (error, _request, response, _next) => {
  response.status(error.status ?? 500).json({ code: error.code, message: error.message });
};

type Sent = { as?: Staff | null; method?: string; form?: Record<string, string> | FormData };
async function ask(path: string, { as = 'owner', method, form }: Sent = {}) {
  const body = form && !(form instanceof FormData) ? toForm(form) : form;
  const headers: Record<string, string> = as ? { 'x-role': as } : {};
  const response = await fetch(base + path, { method: method ?? (body ? 'POST' : 'GET'), headers, body: body ?? null });
  const text = await response.text();
  // What AdminJS answers has no type of its own here; the expectations name what matters.
  return { status: response.status, text, body: text.startsWith('{') ? JSON.parse(text) : null };
}
function toForm(fields: Record<string, string>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return form;
}
const list = (resource: string, query = '') => ask(`/api/resources/${resource}/actions/list?${query}`);
const models = ['Account', 'Identity', 'Plan', 'ApiKey', 'Generation', 'Image', 'Delivery', 'QuotaEntry', 'Outbox'];

test.each(models)('%s can be listed, filtered by nothing and sorted by every column', async (model) => {
  const listed = await list(model);
  expect(listed.status).toBe(200);
  expect(listed.body.meta.total).toBeGreaterThanOrEqual(0);
  const page = await ask(`/resources/${model}`);
  const state = JSON.parse(page.text.match(/window\.REDUX_STATE = (.+);\n/)?.[1] ?? '{}');
  const resource = state.resources.find((each: { id: string }) => each.id === model);
  expect(resource.listProperties.length).toBeGreaterThan(0);
  for (const { name } of resource.listProperties) {
    expect((await list(model, `sortBy=${name}&direction=asc`)).status).toBe(200);
  }
});

test('secrets and their hashes are nowhere: not shown, not to be filtered or sorted by', async () => {
  const { core } = service;
  const { account } = await makeMember(core);
  await core.database.prisma.apiKey.create({
    data: {
      id: crypto.randomUUID(),
      accountId: account.id,
      name: 'key',
      keyHash: Buffer.from('hash of a key'),
      prefix: 'esl_',
      lastFour: 'abcd',
      createdAt: new Date(),
    },
  });
  for (const model of models) {
    expect((await list(model)).text).not.toMatch(/argon2|passwordHash|keyHash|codeHash|replyTo/);
    expect((await ask(`/resources/${model}`)).text).not.toMatch(/argon2|passwordHash|keyHash|codeHash|replyTo/);
  }
  const all = (await list('Account')).body.meta.total;
  expect((await list('Account', 'filters.passwordHash=nothing')).body.meta.total).toBe(all);
  const byHash = await list('Account', 'sortBy=passwordHash&direction=asc');
  const byId = await list('Account', 'sortBy=id&direction=asc');
  expect(byHash.body.records).toEqual(byId.body.records);
});

test('lists filter by text, choice, reference and time; what cannot be finds nothing', async () => {
  const { account } = await makeMember(service.core);
  const emails = async (query: string) =>
    (await list('Account', query)).body.records.map((record: { params: { email: string } }) => record.params.email);
  expect(await emails(`filters.email=${account.email.toUpperCase()}`)).toEqual([account.email]);
  expect(await emails('filters.role=viewer')).toEqual(['viewer@example.com']);
  expect(await emails('filters.role=emperor')).toEqual([]);
  expect(await emails('filters.id=no-uuid')).toEqual([]);
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
  expect(await emails(`filters.createdAt~~from=${tomorrow}`)).toEqual([]);
  expect(await emails(`filters.createdAt~~to=${tomorrow}&filters.role=owner`)).toEqual(['owner@example.com']);
  const identities = await list('Identity', `filters.accountId=${account.id}`);
  expect(identities.body.records[0].populated.accountId.params.email).toBe(account.email);
});

test('large numbers, days, lists and JSON come as they are', async () => {
  const { account } = await makeMember(service.core);
  const { quotaEntry, outbox, apiKey } = service.core.database.prisma;
  const entry = await quotaEntry.create({
    data: { accountId: account.id, kind: 'grant', images: 5, day: new Date('2026-11-21'), createdAt: new Date() },
  });
  const shown = await ask(`/api/resources/QuotaEntry/records/${entry.id}/show`);
  expect(shown.body.record.params).toMatchObject({ id: String(entry.id), day: '2026-11-21', images: 5 });
  const { id } = await outbox.create({ data: { topic: 'delivery', payload: { id: 'x' } } });
  const waiting = await ask(`/api/resources/Outbox/records/${id}/show`);
  expect(JSON.parse(waiting.body.record.params.payload)).toEqual({ id: 'x' });
  const key = await apiKey.create({
    data: {
      id: crypto.randomUUID(),
      accountId: account.id,
      name: 'k',
      keyHash: Buffer.from('another'),
      prefix: 'esl_',
      lastFour: 'wxyz',
      scopes: ['read', 'write'],
      createdAt: new Date(),
    },
  });
  const { params } = (await ask(`/api/resources/ApiKey/records/${key.id}/show`)).body.record;
  expect(params).toMatchObject({ 'scopes.0': 'read', 'scopes.1': 'write', expiresAt: null });
});

test('a plan that is changed holds at the next request; an empty month means no limit', async () => {
  const { core } = service;
  const slug = await makePlan(core, { perDay: 20, perMonth: 5 });
  const { userId } = await makeMember(core, { plan: slug });
  expect((await core.accounts.find('web', userId))?.plan).toMatchObject({ perDay: 20, perMonth: 5 });
  const answer = await ask(`/api/resources/Plan/records/${slug}/edit`, {
    form: { perDay: '3', perMonth: '', slug: 'other', updatedAt: '2000-01-01' },
  });
  expect(answer.body.notice).toMatchObject({ type: 'success' });
  expect((await core.accounts.find('web', userId))?.plan).toMatchObject({ slug, perDay: 3, perMonth: null });
});

test('what makes no sense in a plan is refused beside its field', async () => {
  const slug = await makePlan(service.core, {});
  const edit = (form: Record<string, string>) => ask(`/api/resources/Plan/records/${slug}/edit`, { form });
  for (const [form, fault] of [
    [{ perDay: '' }, 'fault_required'],
    [{ perDay: 'many' }, 'fault_whole_number'],
    [{ perDay: '99999999999' }, 'fault_whole_number'],
    [{ perDay: '-1' }, 'fault_not_negative'],
    [{ name: 'x'.repeat(65) }, 'fault_too_long'],
  ] as const) {
    const { record } = (await edit(form)).body;
    expect(Object.values(record.errors)).toEqual([expect.objectContaining({ message: fault })]);
  }
  expect(await service.core.database.prisma.plan.findUnique({ where: { slug } })).toMatchObject({ perDay: 20 });
});

test('plans are made and removed, unless somebody needs them', async () => {
  const limits = { perDay: '1', perMinute: '1', cooldownSeconds: '0', concurrent: '1', priority: '50' };
  const make = (slug: string) => ask('/api/resources/Plan/actions/new', { form: { slug, name: 'Tiny', ...limits } });
  expect((await make('tiny')).body.notice).toMatchObject({ type: 'success' });
  expect((await make('tiny')).body.record.errors.slug).toMatchObject({ message: 'fault_taken' });
  expect((await make('No Slug!')).body.record.errors.slug).toMatchObject({ message: 'fault_slug' });
  const remove = (slug: string) => ask(`/api/resources/Plan/records/${slug}/delete`, { method: 'POST' });
  await makeMember(service.core, { plan: 'tiny' });
  expect((await remove('tiny')).body.notice).toMatchObject({ type: 'error', message: 'fault_in_use' });
  expect((await remove('free')).body.notice).toMatchObject({ type: 'error' });
  await service.core.database.prisma.account.updateMany({ where: { planSlug: 'tiny' }, data: { planSlug: 'free' } });
  expect((await remove('tiny')).body.notice).toMatchObject({ type: 'success' });
  expect(await service.core.database.prisma.plan.count({ where: { slug: { in: ['tiny', 'free'] } } })).toBe(1);
});

test('a suspended account is refused at its next request, and restored works again', async () => {
  const { core } = service;
  const { account, userId } = await makeMember(core);
  const standing = async () => (await core.accounts.find('web', userId))?.status;
  expect(await standing()).toBe('active');
  const change = (action: string) =>
    ask(`/api/resources/Account/records/${account.id}/${action}`, { method: 'POST', as: 'operator' });
  expect((await change('suspend')).body.notice).toMatchObject({ type: 'success', message: 'suspended' });
  expect(await standing()).toBe('suspended');
  expect((await change('restore')).body.notice).toMatchObject({ type: 'success', message: 'restored' });
  expect(await standing()).toBe('active');
});

test('nobody suspends themselves, and operators suspend no owner', async () => {
  const suspend = (as: Staff, whom: Staff) =>
    ask(`/api/resources/Account/records/${ids[whom]}/suspend`, { method: 'POST', as });
  expect((await suspend('owner', 'owner')).body.notice.type).toBe('error');
  expect((await suspend('operator', 'owner')).body.notice.type).toBe('error');
  const rows = await service.core.database.prisma.account.findMany({ where: { id: { in: Object.values(ids) } } });
  expect(rows.map((row) => row.status)).toEqual(['active', 'active', 'active']);
});

test('no GET changes anything, however the address is written', async () => {
  const { account } = await makeMember(service.core);
  const path = `resources/Account/records/${account.id}/suspend`;
  expect((await ask(`/api/${path}`)).status).toBe(405);
  expect((await ask(`/api/${path}`, { method: 'HEAD' })).status).toBe(405);
  expect((await ask(`/api/${path}/`)).status).toBe(405);
  expect((await ask(`/API/${path}`)).status).toBe(404);
  expect((await ask(`/api/${path.replace('records', 'Records')}`)).status).toBe(404);
  expect((await ask(`/api/resources/Plan/bulk/bulkDelete?recordIds=premium`)).status).toBe(404);
  expect((await ask('/api/resources/Plan/records/premium/delete')).status).toBe(405);
  expect((await ask(`/api/${path}`, { method: 'PUT' })).status).toBe(405);
  expect((await service.core.accounts.get(account.id)).status).toBe('active');
});

test('viewers look at everything and change nothing', async () => {
  const { account } = await makeMember(service.core);
  expect((await ask('/api/resources/Account/actions/list', { as: 'viewer' })).status).toBe(200);
  for (const path of [`Account/records/${account.id}/suspend`, 'Plan/records/free/edit', 'Plan/actions/new']) {
    expect((await ask(`/api/resources/${path}`, { as: 'viewer', form: { perDay: '1' } })).status).toBe(403);
  }
});

test.each(models.filter((model) => model !== 'Plan'))('%s is made by services only', async (model) => {
  const tried = await ask(`/api/resources/${model}/actions/new`, { form: { id: crypto.randomUUID() } });
  expect(tried.body.notice).toMatchObject({ type: 'error', message: expect.stringMatching(/forbidden/i) });
});

test.each(['edit', 'delete'])('no account takes an %s by its form', async (action) => {
  const answer = await ask(`/api/resources/Account/records/${ids.viewer}/${action}`, { form: { role: 'owner' } });
  expect(answer.body.notice).toMatchObject({ type: 'error', message: expect.stringMatching(/forbidden/i) });
  expect((await service.core.accounts.get(ids.viewer)).role).toBe('viewer');
});

test('what is not there is 404, not a fault', async () => {
  expect((await list('EmailCode')).status).toBe(404);
  expect((await ask('/api/resources/Account/actions/explode')).status).toBe(404);
  expect((await ask('/api/resources/Account/actions/constructor')).status).toBe(404);
  const missing = await ask('/api/resources/Account/records/not-a-uuid/show');
  expect(missing.status).toBe(200);
  expect(missing.body.notice.type).toBe('error');
});

test('files are not taken, and of none anything stays behind', async () => {
  const before = readdirSync(tmpdir());
  const form = toForm({ name: 'Free' });
  form.append('file', new Blob([Buffer.alloc(500_000)]), 'upload_me.bin');
  expect((await ask('/api/resources/Plan/records/free/edit', { as: null, form })).status).toBe(401);
  expect((await ask('/api/resources/Plan/records/free/edit', { form })).status).toBe(415);
  const large = toForm({ name: 'x'.repeat(1_100_000) });
  expect((await ask('/api/resources/Plan/records/free/edit', { form: large })).status).toBe(413);
  expect(readdirSync(tmpdir()).filter((name) => !before.includes(name) && name.startsWith('upload_'))).toEqual([]);
  expect((await list('Plan')).status).toBe(200);
});

test('pages allow only their own scripts and name no other server', async () => {
  const response = await fetch(`${base}/resources/Account`, { headers: { 'x-role': 'owner' } });
  const html = await response.text();
  const nonce = response.headers.get('content-security-policy')?.match(/'nonce-([^']+)'/)?.[1];
  expect(html.match(/<script>/g)).toBeNull();
  expect(html.split(`<script nonce="${nonce}">`)).toHaveLength(3);
  expect(html).not.toMatch(/(?:src|href)="https?:/);
});
