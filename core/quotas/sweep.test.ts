import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { makeMember, makePlan, startTestCore, type TestCore } from '../../test/support/core.ts';
import type { Account } from '../index.ts';
import { openRedis } from '../redis.ts';
import { createQuotas, type Quotas } from './quotas.ts';
import { quotaKeys, reservedKey } from './scripts.ts';
import { createQuotaSweep } from './sweep.ts';

const minute = 60_000;
let now = new Date();
let test: TestCore;
let quotas: Quotas;
let sweep: ReturnType<typeof createQuotaSweep>;
let close: () => Promise<void>;

beforeAll(async () => {
  test = await startTestCore({ clock: () => now });
  const { database, log } = test.core;
  const redis = openRedis({ url: test.redis.url, log });
  await redis.connect();
  const clock = () => now;
  quotas = createQuotas({ redis, database, clock, log });
  sweep = createQuotaSweep({ redis, database, quotas, clock, atOnce: 2 });
  close = () => redis.close();
});
afterAll(async () => {
  await close();
  await test.close();
});
beforeEach(() => test.redisClient.flushall());

const pass = (ms: number) => {
  now = new Date(now.getTime() + ms);
};

async function member(): Promise<Account> {
  const plan = await makePlan(test.core, { perDay: 10, concurrent: 3 });
  return (await makeMember(test.core, { plan })).account;
}

/** As by a process that crashes between its two steps. */
const reserveOnly = (account: Account) =>
  quotas.reserve({ accountId: account.id, generationId: randomUUID(), images: 2, limits: account.plan });

const ask = (account: Account) =>
  test.core.generations.request({
    account,
    source: 'web',
    requestId: randomUUID(),
    input: { prompt: 'a lighthouse', count: 1 },
    locale: 'en',
    replyTo: null,
  });

async function counted(account: Account) {
  const [today, active] = await test.redisClient.hmget(
    quotaKeys(account.id)[0],
    `d:${now.toISOString().slice(0, 10)}`,
    'active',
  );
  return { today: Number(today), active: Number(active) };
}
const waiting = () => test.redisClient.zrange(reservedKey, '0', '-1');

it('gives back what was reserved and never written, and leaves alone what waits', async () => {
  const [crashed, patient] = [await member(), await member()];
  await ask(patient);
  await reserveOnly(crashed);
  await ask(crashed);
  expect(await counted(crashed)).toEqual({ today: 3, active: 2 });
  expect(await sweep(minute)).toBe(0);

  pass(minute + 1);
  expect(await sweep(minute)).toBe(1);
  expect(await counted(crashed)).toEqual({ today: 1, active: 1 });
  expect(await counted(patient)).toEqual({ today: 1, active: 1 });
  expect(new Set(await waiting())).toEqual(new Set([crashed.id, patient.id]));
});

it('frees the place of a crashed request among those at once', async () => {
  const account = await member();
  for (let crash = 0; crash < 3; crash++) await reserveOnly(account);
  await expect(ask(account)).rejects.toMatchObject({ code: 'quota_exceeded', receipt: { limit: 'concurrent' } });
  pass(minute + 1);
  expect(await sweep(minute)).toBe(1);
  await ask(account);
});

it('looks at everybody in turn, also behind more than it looks at in one go who wait for good reason', async () => {
  const patient = await Promise.all(Array.from({ length: 3 }, member));
  for (const account of patient) await ask(account);
  pass(1);
  const crashed = await member();
  await reserveOnly(crashed);
  pass(minute + 1);
  expect(await sweep(minute)).toBe(0);
  expect(await sweep(minute)).toBe(1);
  expect(await counted(crashed)).toEqual({ today: 0, active: 0 });
});

it('forgets an account with its last reservation, and begins anew with the next', async () => {
  const account = await member();
  const { id } = await ask(account);
  expect(await waiting()).toEqual([account.id]);
  await test.core.generations.cancel(account.id, id);
  await expect.poll(waiting).toEqual([]);
  expect(await counted(account)).toEqual({ today: 0, active: 0 });
  await ask(account);
  expect(await waiting()).toEqual([account.id]);
});
