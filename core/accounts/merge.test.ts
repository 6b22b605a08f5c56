import { Prisma } from '@prisma/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addCharged } from '../../test/support/charge.ts';
import { makeMember, startTestCore, type TestCore } from '../../test/support/core.ts';

let service: TestCore;
const now = new Date('2026-11-21T12:00:00Z');
beforeAll(async () => {
  service = await startTestCore({ clock: () => now });
});
afterAll(() => service.close());

async function addSubscription(accountId: string, status: string, id = `sub_${crypto.randomUUID()}`) {
  await service.core.database.prisma.subscription.create({
    data: {
      ...{ id, accountId, planSlug: 'premium', priceId: 'price_1', status, amount: 900, currency: 'usd' },
      ...{ interval: 'month', currentPeriodEnd: new Date('2026-12-01'), createdAt: now, syncedAt: now },
    },
  });
}

const isLive = (accountId: string) => service.core.database.prisma.account.findUnique({ where: { id: accountId } });

test('all that one has becomes the other one’s, and counts together', async () => {
  const { core } = service;
  const { prisma } = core.database;
  const { account: into } = await makeMember(core);
  const { account: from, userId } = await makeMember(core);
  await core.quotas.grant({ accountId: from.id, images: 4 });
  await core.quotas.grant({ accountId: into.id, images: 2 });
  const [mine] = await addCharged(core, into.id, [new Date('2026-11-21T08:00:00Z')]);
  const ids = await addCharged(core, from.id, [now, new Date('2026-11-21T09:00:00Z')], { prompt: 'a violet heron' });
  // A short name that both have.
  const taken = await prisma.generation.findUniqueOrThrow({ where: { id: mine as string } });
  await prisma.generation.update({ where: { id: ids[0] as string }, data: { ref: taken.ref } });
  await addSubscription(from.id, 'active');
  await prisma.account.update({ where: { id: from.id }, data: { stripeCustomerId: 'cus_from' } });
  const { secret } = await core.apiKeys.create({
    ...{ accountId: from.id, name: 'k', scopes: ['read'], expiresAt: null, dailyCap: null },
  });

  const merged = await core.accounts.merge({ from: from.id, into: into.id });
  expect(merged).toEqual({ identities: 1, generations: 2, images: 2, topUps: 4 });
  expect(await isLive(from.id)).toBeNull();
  expect(await core.accounts.find('web', userId)).toMatchObject({ id: into.id, planSlug: 'premium' });
  const refs = await prisma.generation.findMany({ where: { accountId: into.id }, select: { ref: true } });
  expect(new Set(refs.map(({ ref }) => ref)).size).toBe(3);
  const status = await core.quotas.status(into.id, into.plan);
  expect(status).toMatchObject({ daily: { used: 3 }, topUp: { remaining: 6 } });
  const peeked = await core.quotas.peek({ accountId: into.id, limits: into.plan, key: null });
  expect(peeked).toMatchObject({ used: 3, top_up_remaining: 6 });
  // Pictures are found by the words of their prompts.
  expect((await core.images.search(into.id, { q: 'heron', limit: 10 })).items).toHaveLength(2);
  await expect(core.apiKeys.verify(secret, '::1')).rejects.toMatchObject({ code: 'key_invalid' });
  expect(await isLive(into.id)).toMatchObject({ stripeCustomerId: 'cus_from' });
});

test('nothing that names an account is left behind', async () => {
  const { core } = service;
  const { account: into } = await makeMember(core);
  const { account: from } = await makeMember(core);
  await core.accounts.merge({ from: from.id, into: into.id });
  const naming = Prisma.dmmf.datamodel.models.filter(({ fields }) => fields.some(({ name }) => name === 'accountId'));
  // What ends with an account, and what outlives it; everything else moves, so a new table has to say which it is.
  const known = ['SecondFactor', 'RecoveryCode', 'ApiKey', 'AuditEntry'];
  const moved = ['Identity', 'Generation', 'Image', 'InputImage', 'Purchase', 'QuotaEntry', 'Subscription'];
  const more = ['PlanGrant', 'Notice', 'WebhookEndpoint', 'Checkout', 'Report', 'UsageMemberDay'];
  expect(naming.map(({ name }) => name).sort()).toEqual([...known, ...moved, ...more].sort());
});

test('refuses what cannot be undone well, and changes nothing then', async () => {
  const { core } = service;
  const { prisma } = core.database;
  const { account: into } = await makeMember(core);
  const { account: from } = await makeMember(core);
  const tryIt = (a = from.id, b = into.id) => core.accounts.merge({ from: a, into: b });
  await expect(tryIt(into.id)).rejects.toMatchObject({ code: 'same_account' });
  await expect(tryIt(crypto.randomUUID())).rejects.toMatchObject({ code: 'not_found' });
  await addSubscription(from.id, 'active');
  await addSubscription(into.id, 'past_due');
  await expect(tryIt()).rejects.toMatchObject({ code: 'both_subscribed' });
  await prisma.subscription.updateMany({ where: { accountId: from.id }, data: { endedAt: now, status: 'canceled' } });
  await prisma.account.update({ where: { id: from.id }, data: { role: 'viewer' } });
  await expect(tryIt()).rejects.toMatchObject({ code: 'staff_stays' });
  await prisma.account.update({ where: { id: from.id }, data: { role: 'member' } });
  await core.generations.request({
    ...{ account: from, source: 'web', requestId: 'waiting', input: { prompt: 'a fox' }, locale: 'en', replyTo: null },
  });
  await expect(tryIt()).rejects.toMatchObject({ code: 'work_in_hand' });
  expect(await isLive(from.id)).not.toBeNull();
  expect(await prisma.identity.count({ where: { accountId: from.id } })).toBe(1);
});

test('two that are merged into each other at once end as one', async () => {
  const { core } = service;
  const [{ account: one }, { account: other }] = [await makeMember(core), await makeMember(core)];
  const tried = await Promise.allSettled([
    core.accounts.merge({ from: one.id, into: other.id }),
    core.accounts.merge({ from: other.id, into: one.id }),
  ]);
  expect(tried.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  const left = await core.database.prisma.identity.groupBy({
    by: ['accountId'],
    where: { accountId: { in: [one.id, other.id] } },
    _count: true,
  });
  expect(left).toMatchObject([{ _count: 2 }]);
});

test('the ledger still takes no change but that', async () => {
  const { core } = service;
  const { account } = await makeMember(core);
  await core.quotas.grant({ accountId: account.id, images: 4 });
  const change = core.database.prisma.quotaEntry.updateMany({ where: { accountId: account.id }, data: { note: 'x' } });
  await expect(change).rejects.toThrow();
  const merging = core.database.prisma.$transaction([
    core.database.prisma.$executeRaw`SELECT set_config('easel.merging', 'on', true)`,
    core.database.prisma.quotaEntry.updateMany({ where: { accountId: account.id }, data: { note: 'x' } }),
  ]);
  await expect(merging).rejects.toThrow();
});
