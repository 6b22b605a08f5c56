import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { makeMember, startTestCore, type TestCore } from '../../test/support/core.ts';

let service: TestCore;
beforeAll(async () => {
  service = await startTestCore();
});
afterAll(() => service.close());

async function listFiles(): Promise<string[]> {
  const directory = join(service.dataDir, 'images');
  if (!existsSync(directory)) return [];
  const found = await readdir(directory, { recursive: true, withFileTypes: true });
  return found.filter((each) => each.isFile()).map(({ name }) => name);
}

async function drawFor(account: Awaited<ReturnType<typeof makeMember>>['account']) {
  const { core } = service;
  const { id } = await core.generations.request({
    ...{ account, source: 'web', requestId: crypto.randomUUID(), input: { prompt: 'a fox' }, locale: 'en' },
    replyTo: null,
  });
  return id;
}

test('a person goes with everything, files too, and others stay', async () => {
  const { core } = service;
  const { prisma } = core.database;
  const { account, userId } = await makeMember(core);
  const { account: other } = await makeMember(core);
  const id = await drawFor(account);
  await expect(core.accounts.deletePerson(account.id)).rejects.toMatchObject({ code: 'work_in_hand' });
  await drawFor(other);
  core.startWorker();
  await vi.waitUntil(async () => (await prisma.image.count()) === 2, { timeout: 20_000, interval: 50 });
  await vi.waitUntil(async () => (await prisma.generation.count({ where: { finishedAt: null } })) === 0);
  await core.conversations.append({ visitorId: userId, fromBot: false, content: { html: 'hello' } });
  await core.accounts.requestLink({ platform: 'web', userId: 'new', displayName: '', locale: 'en' }, account.email);
  const theirs = await prisma.image.findFirstOrThrow({ where: { accountId: other.id } });
  const report = { id: crypto.randomUUID(), imageId: theirs.id, accountId: account.id, createdAt: new Date() };
  await prisma.report.create({ data: { ...report, source: 'member' } });
  const before = (await listFiles()).length;

  expect(await core.accounts.deletePerson(account.id)).toEqual({ images: 1, files: 2 });
  expect(await prisma.report.findUnique({ where: { id: report.id } })).toMatchObject({
    accountId: null,
    state: 'open',
  });
  await vi.waitUntil(async () => (await listFiles()).length === before - 2, { timeout: 5_000, interval: 20 });
  expect(await core.accounts.find('web', userId)).toBeNull();
  expect(await prisma.generation.findUnique({ where: { id } })).toBeNull();
  expect(await prisma.webMessage.count({ where: { visitorId: userId } })).toBe(0);
  expect(await prisma.emailCode.count({ where: { email: account.email } })).toBe(0);
  expect(await prisma.quotaEntry.count({ where: { accountId: account.id } })).toBe(0);
  expect(await prisma.image.count({ where: { accountId: other.id } })).toBe(1);
  await vi.waitUntil(async () => (await prisma.outbox.count()) === 0, { timeout: 5_000, interval: 20 });
});

test('files that a crash left are deleted by the sweep', async () => {
  const { core } = service;
  const { prisma } = core.database;
  const { account } = await makeMember(core);
  await drawFor(account);
  await vi.waitUntil(async () => (await prisma.image.count({ where: { accountId: account.id } })) === 1, {
    timeout: 20_000,
  });
  const { storageKey, thumbnailKey } = await prisma.image.findFirstOrThrow({ where: { accountId: account.id } });
  const before = (await listFiles()).length;
  // As it lies there when the process ends right after the transaction.
  const createdAt = new Date(Date.now() - 60_000);
  await prisma.outbox.create({ data: { topic: 'files', payload: { keys: [storageKey, thumbnailKey] }, createdAt } });
  await core.sweepOnce();
  await vi.waitUntil(async () => (await listFiles()).length === before - 2, { timeout: 5_000, interval: 20 });
});

test('whoever runs the service, or still pays for it, is not deleted', async () => {
  const { core } = service;
  const { prisma } = core.database;
  const { account } = await makeMember(core);
  await prisma.account.update({ where: { id: account.id }, data: { role: 'operator' } });
  await expect(core.accounts.deletePerson(account.id)).rejects.toMatchObject({ code: 'staff_stays' });
  await prisma.account.update({ where: { id: account.id }, data: { role: 'member' } });
  const now = new Date();
  await prisma.subscription.create({
    data: {
      ...{ id: 'sub_1', accountId: account.id, planSlug: 'premium', priceId: 'price_1', status: 'active' },
      ...{ amount: 900, currency: 'usd', interval: 'month', createdAt: now, syncedAt: now },
    },
  });
  await expect(core.accounts.deletePerson(account.id)).rejects.toMatchObject({ code: 'subscription_live' });
  await prisma.subscription.update({ where: { id: 'sub_1' }, data: { status: 'canceled', endedAt: now } });
  expect(await core.accounts.deletePerson(account.id)).toEqual({ images: 0, files: 0 });
  await expect(core.accounts.deletePerson(account.id)).rejects.toMatchObject({ code: 'not_found' });
});
