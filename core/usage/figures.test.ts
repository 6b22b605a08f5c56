import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { makeMember, startTestCore, type TestCore } from '../../test/support/core.ts';

let service: TestCore;
let now = new Date('2026-11-21T12:00:00Z');
const dayMs = 86_400_000;
/** Noon, so many days ago. */
const ago = (days: number) => new Date(Date.parse('2026-11-21T12:00:00Z') - days * dayMs);

beforeAll(async () => {
  service = await startTestCore({ clock: () => now });
});
afterAll(() => service.close());
beforeEach(async () => {
  // Answers are kept for some seconds.
  now = new Date(now.getTime() + 10_000);
  await service.core.database.pool.query(
    'TRUNCATE generations, usage_days, usage_member_days, usage_failure_days, usage_runs CASCADE',
  );
});

type Made = {
  accountId: string;
  at: Date;
  /** When its pictures were there. */
  madeAt?: Date;
  state?: string;
  pictures?: number;
  cost?: number;
  model?: string;
  cause?: string;
};
/** A request as it stands in the tables in the end. */
async function make({
  accountId,
  at,
  madeAt = at,
  state = 'succeeded',
  pictures = 1,
  cost = 3_000,
  model = 'flux',
  cause,
}: Made) {
  const id = crypto.randomUUID();
  await service.core.database.pool.query(
    `INSERT INTO generations (id, ref, account_id, source, request_id, prompt, model, aspect_ratio, count, seed, locale, priority, state,
       provider, operation, error_code, cost_micros, created_at, submitted_at, finished_at)
     VALUES ($1::uuid, substr($1::uuid::text, 1, 8), $2, 'test', $1::uuid::text, 'a fox', $3, '1:1', 1, 1, 'en', 100, $4::text::"GenerationState", 'replicate', '{"id":"1"}', $5, $6, $7::timestamptz,
       CASE WHEN $4::text <> 'queued' THEN $7::timestamptz + interval '4 seconds' END,
       CASE WHEN $4::text NOT IN ('queued', 'running') THEN $7::timestamptz + interval '9 seconds' END)`,
    [id, accountId, model, state, cause ?? null, state === 'succeeded' ? cost : null, at],
  );
  for (let index = 0; index < (state === 'succeeded' ? pictures : 0); index++)
    await service.core.database.pool.query(
      `INSERT INTO images (id, generation_id, account_id, index, storage_key, thumbnail_key, content_type, bytes, width, height, sha256,
         placeholder, created_at) VALUES (gen_random_uuid(), $1::uuid, $2, $3::int, $1::uuid || '-' || $3::int, 't', 'image/webp', 1, 1, 1, repeat('0', 64), '', $4)`,
      [id, accountId, index, madeAt],
    );
}

test('tells of past days as they were rolled up, and of today as it is', async () => {
  const { account: ana } = await makeMember(service.core);
  const { account: bob } = await makeMember(service.core);
  await make({ accountId: ana.id, at: ago(5), pictures: 4 });
  await make({ accountId: bob.id, at: ago(5), state: 'failed', cause: 'provider_failed' });
  await service.core.rollUpUsage(null);
  await make({ accountId: ana.id, at: ago(0), pictures: 2 });
  await make({ accountId: ana.id, at: ago(0), state: 'moderated', cause: 'prompt_blocked', model: 'other' });

  const figures = await service.core.figures.read(7);
  expect(figures.days).toHaveLength(7);
  expect(figures.days[1]).toMatchObject({
    day: '2026-11-16',
    requested: 2,
    succeeded: 1,
    failed: 1,
    images: 4,
    members: 2,
    costMicros: 3_000,
  });
  expect(figures.days[2]).toMatchObject({ day: '2026-11-17', requested: 0, images: 0, members: 0 });
  expect(figures.days[6]).toMatchObject({ day: '2026-11-21', requested: 2, images: 2, members: 1 });
  expect(figures.models).toEqual([
    { provider: 'replicate', model: 'flux', requested: 3, succeeded: 2, failed: 1, images: 6, costMicros: 6_000 },
    { provider: 'replicate', model: 'other', requested: 1, succeeded: 0, failed: 0, images: 0, costMicros: 0 },
  ]);
  expect(figures.failures).toEqual([
    { cause: 'prompt_blocked', failed: 1 },
    { cause: 'provider_failed', failed: 1 },
  ]);
  expect(figures.members).toMatchObject([
    { id: ana.id, email: ana.email, requested: 3, images: 6, costMicros: 6_000 },
    { id: bob.id, requested: 1, images: 0 },
  ]);
  expect(figures.queue).toMatchObject({ waiting: 0, oldestWaitSeconds: null });
  const today = await service.core.figures.read(1);
  expect(today.days).toMatchObject([{ day: '2026-11-21', requested: 2 }]);
  expect(today.members).toHaveLength(1);
});

test('counts the last minutes of a day that was not rolled up since it ended', async () => {
  const { account } = await makeMember(service.core);
  await make({ accountId: account.id, at: ago(1) });
  const later = now;
  now = ago(1);
  await service.core.rollUpUsage();
  now = new Date(later.getTime() + 10_000);
  await make({ accountId: account.id, at: new Date('2026-11-20T23:59:58Z') });
  expect((await service.core.figures.read(7)).days.at(-2)).toMatchObject({ requested: 2, images: 2, members: 1 });
});

test('a picture counts on the day on which it was made, its request on the day on which it was asked for', async () => {
  const { account } = await makeMember(service.core);
  const midnight = Date.parse('2026-11-19T00:00:00Z');
  await make({
    accountId: account.id,
    at: new Date(midnight - 5_000),
    madeAt: new Date(midnight + 5_000),
    pictures: 2,
  });
  const tell = async () => {
    now = new Date(now.getTime() + 10_000);
    const { days, members, models } = await service.core.figures.read(7);
    return {
      days: days
        .slice(3, 5)
        .map(({ requested, images, members, costMicros }) => [requested, images, members, costMicros]),
      sums: [members[0]?.requested, members[0]?.images, models[0]?.requested, models[0]?.images],
    };
  };
  const told = {
    days: [
      [1, 0, 1, 3_000],
      [0, 2, 0, 0],
    ],
    sums: [1, 2, 1, 2],
  };
  expect(await tell()).toEqual(told);
  await service.core.rollUpUsage(null);
  expect(await tell()).toEqual(told);
});

test('a roll-up made twice, or for the days before, tells the same', async () => {
  const { account } = await makeMember(service.core);
  for (const days of [0, 1, 2, 80, 200]) await make({ accountId: account.id, at: ago(days) });
  await service.core.rollUpUsage(null);
  const first = await service.core.figures.read(90);
  await service.core.rollUpUsage();
  await service.core.rollUpUsage(null);
  now = new Date(now.getTime() + 10_000);
  const again = await service.core.figures.read(90);
  expect(again.days).toEqual(first.days);
  expect(again.members).toEqual(first.members);
  expect(again.days.reduce((sum, { images }) => sum + images, 0)).toBe(4);
});

test('tells how long people wait', async () => {
  const { account } = await makeMember(service.core);
  const before = (seconds: number) => new Date(now.getTime() - seconds * 1000);
  await make({ accountId: account.id, at: before(90), state: 'queued' });
  await make({ accountId: account.id, at: before(30), state: 'queued' });
  await make({ accountId: account.id, at: before(60), state: 'running' });
  await make({ accountId: account.id, at: before(120) });
  expect((await service.core.figures.read(1)).queue).toEqual({
    waiting: 2,
    running: 1,
    oldestWaitSeconds: 90,
    usualWaitSeconds: 4,
  });
});

test('reckons what comes in by currency: a month of every paid subscription, and packs less what was given back', async () => {
  const { account } = await makeMember(service.core);
  const subscription = (id: string, rest: object) => ({
    ...{
      id,
      accountId: account.id,
      priceId: 'price_1',
      status: 'active',
      amount: 900,
      currency: 'usd',
      interval: 'month',
    },
    ...{ createdAt: now, syncedAt: now },
    ...rest,
  });
  const { prisma } = service.core.database;
  await prisma.subscription.createMany({
    data: [
      subscription('sub_1', {}),
      subscription('sub_2', { interval: 'year', amount: 12_000 }),
      subscription('sub_3', { currency: 'jpy', amount: 1_000 }),
      subscription('sub_4', { status: 'canceled' }),
      subscription('sub_5', { status: 'past_due' }),
      subscription('sub_6', { paymentReversed: 'refunded' }),
    ],
  });
  await prisma.pack.create({ data: { slug: 'hundred', name: '100', images: 100 } });
  const pack = {
    accountId: account.id,
    packSlug: 'hundred',
    images: 100,
    currency: 'usd',
    createdAt: now,
    syncedAt: now,
  };
  await prisma.purchase.createMany({
    data: [
      { ...pack, id: 'cs_1', amount: 500 },
      { ...pack, id: 'cs_2', amount: 500, refunded: 200 },
    ],
  });
  const { recurring, unpaid, sales } = await service.core.figures.read(30);
  expect(recurring).toEqual([
    { currency: 'usd', active: 2, monthly: 19 },
    { currency: 'jpy', active: 1, monthly: 1_000 },
  ]);
  expect(unpaid).toBe(1);
  expect(sales).toEqual([{ day: '2026-11-21', currency: 'usd', purchases: 2, amount: 8 }]);
});
