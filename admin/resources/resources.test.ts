import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeMember } from '../../test/support/core.ts';
import { type Panel, startPanel } from '../../test/support/panel.ts';
import { Resource } from '../prisma-adapter/resource.ts';
import { openResources } from './index.ts';

let panel: Panel;
beforeAll(async () => {
  panel = await startPanel();
});
afterAll(() => panel.close());

const models = [
  'Account',
  'Identity',
  'Plan',
  'ApiKey',
  'Generation',
  'Image',
  'Report',
  'PromptRule',
  'InputImage',
  'Delivery',
  'QuotaEntry',
  'WebhookEndpoint',
  'WebhookDelivery',
  'WebhookAttempt',
  'Subscription',
  'PlanGrant',
  'Pack',
  'Purchase',
  'Checkout',
  'InboxEvent',
  'Reconciliation',
  'ChatServer',
  'Notice',
  'Broadcast',
  'Pause',
  'AuditEntry',
  'Outbox',
];

/** What the page knows of a resource: AdminJS hands it over in a script. */
async function readResource(model: string) {
  const page = await panel.ask(`/resources/${model}`);
  const state = JSON.parse(page.text.match(/window\.REDUX_STATE = (.+);\n/)?.[1] ?? '{}');
  return state.resources.find(({ id }: { id: string }) => id === model);
}

test.each(models)('%s can be listed, filtered by nothing and sorted by every column', async (model) => {
  const listed = await panel.list(model);
  expect(listed.status).toBe(200);
  expect(listed.body.meta.total).toBeGreaterThanOrEqual(0);
  const resource = await readResource(model);
  expect(resource.listProperties.length).toBeGreaterThan(0);
  for (const { name } of resource.listProperties) {
    expect((await panel.list(model, `sortBy=${name}&direction=asc`)).status).toBe(200);
  }
});

test('every resource has words, and names only columns that exist', () => {
  for (const { resource, options } of openResources(panel)) {
    const model = resource.model.name;
    const columns = new Resource(resource).properties().map((property) => property.path());
    const { listProperties = [], showProperties = [], filterProperties = [], editProperties = [] } = options;
    // AdminJS leaves out names that it doesn't know without a word.
    expect(columns).toEqual(
      expect.arrayContaining([...listProperties, ...showProperties, ...filterProperties, ...editProperties]),
    );
    for (const group of ['resources', 'singular'])
      expect(panel.core.words.has(`panel.${group}.${model}`), model).toBe(true);
  }
});

test.each(models)('%s shows no column and no choice without words', async (model) => {
  const { listProperties, showProperties } = await readResource(model);
  for (const { name, availableValues } of [...listProperties, ...showProperties]) {
    expect(panel.core.words.has(`panel.properties.${name}`), name).toBe(true);
    for (const { value } of availableValues ?? [])
      expect(panel.core.words.has(`panel.values.${name}.${value}`), `${name}.${value}`).toBe(true);
  }
});

test('sums are written as the currency and the reader have it, beside the numbers that were kept', async () => {
  const { core } = panel;
  const { account } = await makeMember(core);
  const [now, of] = [new Date(), { accountId: account.id, planSlug: 'premium', priceId: 'price_1', interval: 'month' }];
  const sums = [
    { id: 'sub_usd', amount: 900, currency: 'usd' },
    { id: 'sub_jpy', amount: 900, currency: 'jpy' },
  ];
  await core.database.prisma.subscription.createMany({
    data: sums.map((sum) => ({ ...of, ...sum, status: 'active', createdAt: now, syncedAt: now })),
  });
  const listed = (await panel.list('Subscription', 'sortBy=currency&direction=asc')).body.records;
  const tell = ({ params, money }: { params: { amount: number }; money: object }) => ({ amount: params.amount, money });
  expect(listed.map(tell)).toEqual([
    { amount: 900, money: { amount: '¥900' } },
    { amount: 900, money: { amount: '$9.00' } },
  ]);
  await core.database.prisma.account.update({ where: { id: panel.ids.viewer }, data: { locale: 'es' } });
  const shown = await panel.ask('/api/resources/Subscription/records/sub_usd/show', { as: 'viewer' });
  expect(shown.body.record.money.amount).toMatch(/^9,00\sUS\$$/);
});

test('secrets and their hashes are nowhere: not shown, not to be filtered or sorted by', async () => {
  const { core } = panel;
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
  await makeWebhook(account.id);
  const secret = /argon2|passwordHash|keyHash|codeHash|requestHash|sealedSecret|replyTo|of a key|of a webhook/;
  for (const model of models) {
    expect((await panel.list(model)).text).not.toMatch(secret);
    expect((await panel.ask(`/resources/${model}`)).text).not.toMatch(secret);
  }
  const all = (await panel.list('Account')).body.meta.total;
  expect((await panel.list('Account', 'filters.passwordHash=nothing')).body.meta.total).toBe(all);
  const sorted = async (model: string, by: string) =>
    (await panel.list(model, `sortBy=${by}&direction=asc`)).body.records;
  expect(await sorted('Account', 'passwordHash')).toEqual(await sorted('Account', 'id'));
  expect(await sorted('Account', 'constructor')).toEqual(await sorted('Account', 'id'));
  // Hashes in the opposite order of the chats that belong to them.
  await makeMember(core);
  const chats = await core.database.prisma.identity.findMany({ orderBy: { id: 'asc' } });
  for (const [place, { accountId }] of chats.entries()) {
    await core.database.prisma.account.update({ where: { id: accountId }, data: { passwordHash: `${9 - place}` } });
  }
  expect(await sorted('Identity', 'account.passwordHash')).toEqual(await sorted('Identity', 'id'));
});

test('lists filter by text, choice, reference and time; what cannot be finds nothing', async () => {
  const { account } = await makeMember(panel.core);
  const emails = async (query: string) =>
    (await panel.list('Account', query)).body.records.map(
      (record: { params: { email: string } }) => record.params.email,
    );
  expect(await emails(`filters.email=${account.email.toUpperCase()}`)).toEqual([account.email]);
  expect(await emails('filters.email=viewer@')).toEqual(['viewer@example.com']);
  expect(await emails('filters.email="viewer@"')).toEqual([]);
  expect(await emails('filters.email="viewer@example.com"')).toEqual(['viewer@example.com']);
  expect(await emails('filters.role=viewer')).toEqual(['viewer@example.com']);
  expect(await emails('filters.role=emperor')).toEqual([]);
  expect(await emails('filters.id=no-uuid')).toEqual([]);
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
  expect(await emails(`filters.createdAt~~from=${tomorrow}`)).toEqual([]);
  expect(await emails(`filters.createdAt~~to=${tomorrow}&filters.role=owner`)).toEqual(['owner@example.com']);
  const identities = await panel.list('Identity', `filters.account=${account.id}`);
  expect(identities.body.records[0].populated.account.params.email).toBe(account.email);
});

test('a webhook is followed from its address to each attempt', async () => {
  const { account } = await makeMember(panel.core);
  const { endpointId, deliveryId } = await makeWebhook(account.id);
  const first = async (model: string, query: string) => (await panel.list(model, query)).body.records[0];
  const endpoint = await first('WebhookEndpoint', `filters.account=${account.id}`);
  expect(endpoint.params).toMatchObject({ url: 'https://example.com/hook', 'events.0': '*', disabledAt: null });
  const delivery = await first('WebhookDelivery', `filters.endpoint=${endpointId}`);
  expect(delivery).toMatchObject({ title: 'generation.succeeded', params: { state: 'pending' } });
  const attempt = await first('WebhookAttempt', `filters.delivery=${deliveryId}&filters.status=503`);
  expect(attempt.params).toMatchObject({ error: 'Service Unavailable', durationMs: 12 });
  expect(await first('WebhookAttempt', `filters.delivery=${deliveryId}&filters.status=20`)).toBeUndefined();
});

test('large numbers, days, lists and JSON come as they are', async () => {
  const { account } = await makeMember(panel.core);
  const { quotaEntry, outbox, apiKey } = panel.core.database.prisma;
  const entry = await quotaEntry.create({
    data: {
      accountId: account.id,
      kind: 'grant',
      images: 5,
      topUp: 5,
      day: new Date('2026-11-21'),
      createdAt: new Date(),
    },
  });
  const shown = await panel.ask(`/api/resources/QuotaEntry/records/${entry.id}/show`);
  expect(shown.body.record.params).toMatchObject({ id: String(entry.id), day: '2026-11-21', images: 5 });
  const { id } = await outbox.create({ data: { topic: 'delivery', payload: { id: 'x' } } });
  const waiting = await panel.ask(`/api/resources/Outbox/records/${id}/show`);
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
  const { params } = (await panel.ask(`/api/resources/ApiKey/records/${key.id}/show`)).body.record;
  expect(params).toMatchObject({ 'scopes.0': 'read', 'scopes.1': 'write', expiresAt: null });
});

test.each(models.filter((model) => !['Plan', 'ApiKey', 'Pack', 'PromptRule'].includes(model)))(
  '%s is made by services only',
  async (model) => {
    const tried = await panel.ask(`/api/resources/${model}/actions/new`, { form: { id: crypto.randomUUID() } });
    expect(tried.body.notice).toMatchObject({ type: 'error', message: expect.stringMatching(/forbidden/i) });
  },
);

/** An address of a developer's, with one event that was tried once in vain. */
async function makeWebhook(accountId: string) {
  const [endpointId, deliveryId] = [crypto.randomUUID(), crypto.randomUUID()];
  const createdAt = new Date();
  const { webhookEndpoint } = panel.core.database.prisma;
  const sealedSecret = Buffer.from('secret of a webhook');
  await webhookEndpoint.create({
    data: {
      ...{ id: endpointId, accountId, url: 'https://example.com/hook', events: ['*'], sealedSecret, createdAt },
      deliveries: {
        create: {
          ...{ id: deliveryId, eventId: 'msg_1', type: 'generation.succeeded', generationId: crypto.randomUUID() },
          ...{ nextAttemptAt: createdAt, createdAt },
          log: { create: { status: 503, error: 'Service Unavailable', durationMs: 12, createdAt } },
        },
      },
    },
  });
  return { endpointId, deliveryId };
}
