import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeMember } from '../../test/support/core.ts';
import { startTestRedis, type TestRedis } from '../../test/support/servers.ts';
import { type Shop, startShop } from '../../test/support/shop.ts';
import { day, type ShopInTime, startShopInTime } from '../../test/support/shop-in-time.ts';
import { createQueues } from '../queue/queue.ts';
import { createSchedules } from './schedules.ts';

const patience = { timeout: 15_000, interval: 50 };

describe('the calendar', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await startShop();
    (await shop.another()).startWorker();
  });
  afterAll(() => shop.close());

  /** Entries of each job, and the jobs that wait for their time. */
  const read = () =>
    Promise.all(
      ['reconcile', 'renewals', 'usage'].map(async (name) => [
        await shop.redisClient.zcard(`easel:${name}:repeat`),
        await shop.redisClient.zcard(`easel:${name}:delayed`),
      ]),
    );
  const once = [
    [1, 1],
    [1, 1],
    [1, 1],
  ];

  it('has each job once, of two processes', async () => {
    await vi.waitFor(async () => expect(await read()).toEqual(once), patience);
  });

  it('is written again when Redis is emptied', async () => {
    await shop.redisClient.flushall();
    await vi.waitFor(async () => expect(await read()).toEqual(once), patience);
  });
});

describe('what stands on it', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startTestRedis();
  });
  afterAll(() => redis.stop());

  it('runs in one of two processes at its time, and begins although Redis came late', async () => {
    const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} } as never;
    const ran: number[] = [];
    await redis.kill();
    const open = () => {
      const queues = createQueues({ url: redis.url, log });
      const run = async () => void ran.push(Math.floor(Date.now() / 1_000));
      const scheduled = [{ name: 'usage', pattern: '* * * * * *', run } as const];
      const schedules = createSchedules({ queues, scheduled, everyMs: 100, log });
      schedules.start();
      return async () => {
        await schedules.stop();
        await queues.close();
      };
    };
    const processes = [open(), open()];
    await redis.restart();
    await vi.waitUntil(() => ran.length >= 4, patience);
    for (const stop of processes) await stop();
    // Looked at ten times a second by each, none was dropped or doubled.
    expect(ran.length).toBe(new Set(ran).size);
    expect((ran.at(-1) as number) - (ran[0] as number)).toBeLessThanOrEqual(ran.length);
  });
});

describe('looking after plans', () => {
  let shop: ShopInTime;
  beforeAll(async () => {
    shop = await startShopInTime('2025-10-24T12:00:00Z');
  });
  afterAll(() => shop.close());

  const notices = async (accountId: string) =>
    (await shop.core.database.prisma.notice.findMany({ where: { accountId }, orderBy: { createdAt: 'asc' } })).map(
      ({ key }) => key,
    );
  /** Twice at once in two processes, as when one woke late. */
  async function lookAfter(): Promise<void> {
    const other = await shop.another();
    await Promise.all([shop.core, other, shop.core].map((core) => core.billing.lookAfterPlans()));
  }

  it('tells once that a plan ends and once that it has, over the night in which clocks go back', async () => {
    const { account } = await makeMember(shop.core);
    const until = new Date('2025-10-26T23:30:00Z');
    await shop.core.billing.grantPlan({ accountId: account.id, planSlug: 'premium', until, reason: 'a gift' });
    await lookAfter();
    expect(await notices(account.id)).toEqual(['plan_ending']);
    shop.pass(2 * day);
    await lookAfter();
    expect(await notices(account.id)).toEqual(['plan_ending']);
    shop.pass(day);
    await lookAfter();
    await lookAfter();
    expect(await notices(account.id)).toEqual(['plan_ending', 'plan_ended']);
    const { entitledPlanSlug } = await shop.core.database.prisma.account.findUniqueOrThrow({
      where: { id: account.id },
    });
    expect(entitledPlanSlug).toBeNull();
  });

  it('keeps a plan that was renewed although no news of it came', async () => {
    const { account } = await makeMember(shop.core);
    const { url } = await shop.core.billing.openCheckout({ account, item: 'premium', replyTo: null, locale: 'en' });
    shop.stripe.pay(url);
    await shop.catchUp();
    shop.pass(36 * day);
    shop.news();
    expect((await shop.core.accounts.get(account.id)).planSlug).toBe('free');
    await lookAfter();
    expect((await shop.core.accounts.get(account.id)).planSlug).toBe('premium');
    expect(await notices(account.id)).not.toContain('plan_ended');
  });

  it('goes on with the others when Stripe does not answer for one', async () => {
    const { account } = await makeMember(shop.core);
    const { account: gifted } = await makeMember(shop.core);
    const { url } = await shop.core.billing.openCheckout({ account, item: 'premium', replyTo: null, locale: 'en' });
    shop.stripe.pay(url);
    await shop.catchUp();
    const until = new Date(shop.now().getTime() + 40 * day * 1_000);
    await shop.core.billing.grantPlan({ accountId: gifted.id, planSlug: 'premium', until, reason: '' });
    shop.pass(41 * day);
    shop.stripe.failNext({ status: 500 }, Number.POSITIVE_INFINITY);
    await shop.core.billing.lookAfterPlans();
    shop.stripe.clearFaults();
    expect(await notices(gifted.id)).toContain('plan_ended');
    expect(await notices(account.id)).not.toContain('plan_ended');
  });

  const untilNextMonth = () => {
    const now = shop.now();
    return (Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1) - now.getTime()) / 1_000;
  };

  it('greets a month once, those who asked for it', async () => {
    const [wants, wantsNot] = [await makeMember(shop.core), await makeMember(shop.core)];
    await shop.core.accounts.setMonthNotice(wants.account.id, true);
    shop.pass(untilNextMonth() - 1);
    await lookAfter();
    expect(await notices(wants.account.id)).toEqual([]);
    shop.pass(1);
    await lookAfter();
    shop.pass(day);
    await lookAfter();
    expect(await notices(wants.account.id)).toEqual(['month_begun']);
    shop.pass(untilNextMonth());
    await lookAfter();
    expect(await notices(wants.account.id)).toEqual(['month_begun', 'month_begun']);
    expect(await notices(wantsNot.account.id)).toEqual([]);
  });
});
