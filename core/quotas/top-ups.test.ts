import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeMember, makePlan } from '../../test/support/core.ts';
import { type QuotaWorld, startQuotaWorld } from '../../test/support/quota-world.ts';
import { type Account, AppError } from '../index.ts';
import { openRedis } from '../redis.ts';
import { grantEntry } from './grants.ts';
import { createOffers } from './offers.ts';
import { createQuotas, type KeyCap } from './quotas.ts';
import { quotaKeys } from './scripts.ts';

let now: Date;
let world: QuotaWorld;
beforeAll(async () => {
  world = await startQuotaWorld({ clock: () => now });
});
beforeEach(() => {
  now = new Date('2027-03-10T12:00:00Z');
});
afterAll(() => world.close());

async function memberWith(limits: Parameters<typeof makePlan>[1]): Promise<Account> {
  const { account } = await makeMember(world.core, { plan: await makePlan(world.core, limits) });
  return account;
}

async function left(account: Account) {
  const { daily, monthly, topUp } = await world.core.quotas.status(account.id, account.plan);
  return { daily: daily.remaining, monthly: monthly?.remaining ?? null, topUp: topUp.remaining };
}

describe('a request', () => {
  it('takes from the plan what the smaller of day and month has left, and the rest from the top-ups', async () => {
    const account = await memberWith({ perDay: 5, perMonth: 6 });
    await world.grant(account, 4);
    expect((await world.ask(account, 3, 0)).taken).toMatchObject({ images: 3, topUp: 0 });
    // Two are left of the day.
    expect((await world.ask(account, 3, 1)).taken).toMatchObject({ images: 3, topUp: 1 });
    now = new Date('2027-03-11T12:00:00Z');
    // One is left of the month.
    expect((await world.ask(account, 2, 0)).taken).toMatchObject({ images: 2, topUp: 1 });
    expect(await left(account)).toEqual({ daily: 4, monthly: 0, topUp: 2 });
    expect((await world.ask(account, 3, 1)).refusal).toMatchObject({
      limit: 'monthly',
      max: 6,
      used: 6,
      remaining: 0,
      top_up_remaining: 2,
      resets_at: '2027-04-01T00:00:00.000Z',
    });
    expect((await world.ask(account, 2, 1)).taken).toMatchObject({ images: 2, topUp: 2 });
    now = new Date('2027-04-01T00:00:00Z');
    expect((await world.ask(account, 4, 0)).taken).toMatchObject({ images: 4, topUp: 0 });
  });

  it.each([
    { asked: 4, keep: 3, plan: 2, topUp: 1 },
    { asked: 4, keep: 1, plan: 1, topUp: 0 },
    { asked: 4, keep: 2, plan: 2, topUp: 0 },
    { asked: 4, keep: 0, plan: 0, topUp: 0 },
    { asked: 4, keep: 4, plan: 2, topUp: 2 },
  ])('of which $keep of $asked are kept leaves $plan of the plan and $topUp of the top-ups spent', async (example) => {
    const account = await memberWith({ perDay: 2 });
    await world.grant(account, 2);
    const { taken } = await world.ask(account, example.asked, 0);
    await world.end(taken?.id ?? '', example.keep);
    expect(await left(account)).toEqual({ daily: 2 - example.plan, monthly: null, topUp: 2 - example.topUp });
    expect(await world.counted(account, '2027-03-10')).toEqual([example.plan, example.plan, 2 - example.topUp]);
  });

  it('over the own cap of its key is refused however many top-ups there are', async () => {
    const account = await memberWith({ perDay: 1 });
    await world.grant(account, 10);
    const { key } = await world.core.apiKeys.create({
      accountId: account.id,
      name: 'server',
      scopes: ['generate'],
      expiresAt: null,
      dailyCap: 3,
      requestId: crypto.randomUUID(),
    });
    const apiKey: KeyCap = { id: key.id, dailyCap: 3 };
    const ask = (count: number) =>
      world.core.generations.request({
        account,
        source: `rest:${account.id}`,
        requestId: crypto.randomUUID(),
        input: { prompt: 'a lighthouse', count },
        locale: 'en',
        replyTo: null,
        apiKey,
      });
    await ask(3);
    const over = { receipt: { limit: 'daily', max: 3, used: 3, remaining: 0, hint: 'key_cap' } };
    await expect(ask(1)).rejects.toMatchObject(over);
    await world.empty();
    await expect(ask(1)).rejects.toMatchObject(over);
    expect(await left(account)).toEqual({ daily: 0, monthly: null, topUp: 8 });
  });

  it('made again after midnight still stands on the day it was first made', async () => {
    const account = await memberWith({ perDay: 3 });
    const { redis, quotas } = await openQuotas();
    try {
      now = new Date('2027-03-10T23:59:59Z');
      const wanted = { accountId: account.id, generationId: crypto.randomUUID(), images: 2, limits: account.plan };
      // The process dies before it is written; whoever asked tries again.
      await quotas.reserve(wanted);
      now = new Date('2027-03-11T00:00:01Z');
      expect(await quotas.reserve(wanted)).toMatchObject({ day: '2027-03-10', images: 2, topUp: 0 });
    } finally {
      await redis.close();
    }
  });

  it('from a process whose clock is late counts where it did before, also after a rebuild', async () => {
    const account = await memberWith({ perDay: 2 });
    now = new Date('2027-03-31T23:59:58Z');
    await world.ask(account, 2, 0);
    now = new Date('2027-04-01T00:00:01Z');
    await world.ask(account, 2, 0);
    now = new Date('2027-03-31T23:59:59Z');
    expect((await world.ask(account, 1, 1)).refusal).toMatchObject({ limit: 'daily', used: 2 });
    await world.empty();
    expect((await world.ask(account, 1, 1)).refusal).toMatchObject({ limit: 'daily', used: 2 });
    now = new Date('2027-04-01T00:00:02Z');
    expect((await world.ask(account, 1, 1)).refusal).toMatchObject({ limit: 'daily', used: 2 });
  });
});

describe('a balance', () => {
  it('below zero counts as nothing left until it is filled again', async () => {
    const account = await memberWith({ perDay: 1 });
    await world.grant(account, 5);
    await world.ask(account, 4, 0);
    await world.grant(account, -5);
    expect(await left(account)).toEqual({ daily: 0, monthly: null, topUp: 0 });
    expect((await world.ask(account, 1, 0)).refusal).toMatchObject({ limit: 'daily', remaining: 0 });
    await world.grant(account, 5);
    expect((await world.ask(account, 3, 0)).refusal).toMatchObject({ top_up_remaining: 2 });
    expect((await world.ask(account, 2, 1)).taken).toMatchObject({ topUp: 2 });
  });

  it('is never spent once it was taken back, also when nobody lived to tell Redis', async () => {
    const account = await memberWith({ perDay: 1 });
    await world.grant(account, 5);
    await world.ask(account, 1, 0);
    await world.grant(account, -4, { lose: true });
    const told = await Promise.all([0, 1, 0, 1].map((process) => world.ask(account, 1, process)));
    expect(told.filter(({ taken }) => taken)).toHaveLength(1);
  });

  it('follows a grant that was committed and not told, at the next sweep', async () => {
    const account = await memberWith({ perDay: 1 });
    await world.ask(account, 1, 0);
    await world.grant(account, 2, { lose: true });
    await world.catchUp();
    expect((await world.ask(account, 2, 0)).taken).toMatchObject({ topUp: 2 });
  });

  it('is read anew after a grant, also while an older reading is on its way', async () => {
    const account = await memberWith({ perDay: 1 });
    const gate: Gate = { reached: Promise.withResolvers(), opened: Promise.withResolvers() };
    const { redis, quotas } = await openQuotas({ gate });
    try {
      const first = quotas.rebuild(account.id);
      await gate.reached.promise;
      await grantEntry(world.test.core.database.pool, { accountId: account.id, images: 7 }, now);
      const second = quotas.refresh(account.id);
      gate.opened.resolve();
      await Promise.all([first, second]);
      expect(await world.test.redisClient.hget(quotaKeys(account.id)[0], 't')).toBe('7');
    } finally {
      await redis.close();
    }
  });

  it('does not change when the transaction that granted is rolled back', async () => {
    const account = await memberWith({ perDay: 1 });
    const client = await world.core.database.pool.connect();
    await client.query('BEGIN');
    await grantEntry(client, { accountId: account.id, images: 7, note: 'sorry' }, now);
    await client.query('ROLLBACK');
    client.release();
    expect((await left(account)).topUp).toBe(0);
    expect(await world.core.quotas.movements(account.id, 5)).toEqual([]);
  });

  it('of nobody is refused', async () => {
    const nobody = crypto.randomUUID();
    await expect(world.core.quotas.grant({ accountId: nobody, images: 1 })).rejects.toThrow(AppError);
  });
});

describe('giving back', () => {
  it('returns to its day what was charged there and no more, and leaves what is in the making', async () => {
    const account = await memberWith({ perDay: 6 });
    await world.grant(account, 2);
    const kept = await world.ask(account, 4, 0);
    await world.end(kept.taken?.id ?? '', 3);
    const drawing = await world.ask(account, 3, 0);
    expect(await left(account)).toMatchObject({ daily: 0 });
    const given = { accountId: account.id, day: '2027-03-10', note: 'blurred' };
    now = new Date('2027-03-11T08:00:00Z');
    expect(await world.core.quotas.giveBack({ ...given, images: 2 })).toBe(2);
    expect(await world.core.quotas.giveBack({ ...given, images: 5 })).toBe(1);
    expect(await world.core.quotas.giveBack({ ...given, images: 1 })).toBe(0);
    await world.end(drawing.taken?.id ?? '', 0);
    now = new Date('2027-03-10T23:00:00Z');
    expect(await left(account)).toEqual({ daily: 6, monthly: null, topUp: 2 });
    expect(await world.counted(account, '2027-03-10')).toEqual([0, 0, 2]);
  });

  it('by two operators at once gives it back once', async () => {
    const account = await memberWith({ perDay: 6 });
    const { taken } = await world.ask(account, 3, 0);
    await world.end(taken?.id ?? '', 3);
    const wanted = { accountId: account.id, day: '2027-03-10', images: 3, note: '' };
    const given = await Promise.all(world.cores.map((core) => core.quotas.giveBack(wanted)));
    expect(given.toSorted()).toEqual([0, 3]);
  });
});

describe('the last movements', () => {
  it('are told newest first, with what each was for', async () => {
    const { prisma } = world.core.database;
    const account = await memberWith({ perDay: 2 });
    const at = (minute: number) => new Date(Date.UTC(2027, 2, 10, 12, minute));
    now = at(0);
    await prisma.purchase.create({
      data: {
        id: 'cs_1',
        accountId: account.id,
        packSlug: 'pack-50',
        images: 50,
        amount: 500,
        currency: 'eur',
        createdAt: now,
        syncedAt: now,
      },
    });
    await world.core.quotas.grant({ accountId: account.id, images: 50, purchaseId: 'cs_1' });
    now = at(1);
    const { taken } = await world.ask(account, 4, 0);
    const { ref } = await prisma.generation.findUniqueOrThrow({ where: { id: taken?.id ?? '' } });
    now = at(2);
    await world.end(taken?.id ?? '', 1);
    now = at(3);
    await world.core.quotas.giveBack({ accountId: account.id, day: '2027-03-10', images: 1, note: 'blurred' });
    now = at(4);
    await world.core.quotas.grant({ accountId: account.id, images: -3, note: 'by mistake' });
    const nothing = { ref: null, pack: null, note: null };
    const movements = [
      { at: at(4), kind: 'grant', images: -3, topUp: -3, ...nothing, note: 'by mistake' },
      { at: at(3), kind: 'refund', images: 1, topUp: 0, ...nothing, note: 'blurred' },
      { at: at(2), kind: 'refund', images: 3, topUp: 2, ...nothing, ref },
      { at: at(1), kind: 'reserve', images: 4, topUp: 2, ...nothing, ref },
      { at: at(0), kind: 'grant', images: 50, topUp: 50, ...nothing, pack: '50 images' },
    ];
    expect(await world.core.quotas.movements(account.id, 10)).toEqual(movements);
    expect(await world.core.quotas.movements(account.id, 2)).toEqual(movements.slice(0, 2));
  });
});

describe('the hint of a refusal', () => {
  const selling = { on: true, premiumPrice: null } as const;
  it.each([
    ['nothing, when nothing is on sale', { plan: false, pack: false }, selling, 'wait'],
    ['nothing, when payments are off', { plan: true, pack: true }, { on: false } as const, 'wait'],
    ['premium', { plan: true, pack: false }, selling, 'premium'],
    [
      'premium by its price in the settings',
      { plan: false, pack: false },
      { on: true, premiumPrice: 'price_1' } as const,
      'premium',
    ],
    ['a top-up', { plan: false, pack: true }, selling, 'top_up'],
    ['both', { plan: true, pack: true }, selling, 'premium_or_top_up'],
  ])('names %s', async (_what, onSale, stripe, hint) => {
    const { prisma } = world.core.database;
    await prisma.plan.update({
      where: { slug: 'premium' },
      data: { stripePriceId: onSale.plan ? 'price_plan' : null },
    });
    await prisma.pack.update({
      where: { slug: 'pack-50' },
      data: { stripePriceId: onSale.pack ? 'price_pack' : null },
    });
    const account = await memberWith({ perDay: 1 });
    const { redis, quotas } = await openQuotas({ offers: createOffers({ database: world.core.database, stripe }) });
    const wanted = { accountId: account.id, images: 2, limits: account.plan };
    try {
      expect(await quotas.check(wanted)).toMatchObject({ allowed: false, receipt: { limit: 'daily', hint } });
      // Whoever has the largest plan can only buy top-ups.
      const { receipt } = await quotas.check({ ...wanted, images: 5000, limits: { ...account.plan, perDay: 4000 } });
      expect(receipt.hint).toBe(onSale.pack && stripe.on ? 'top_up' : 'wait');
    } finally {
      await redis.close();
    }
  });
});

/** Quotas as another process has them; with a gate, its rebuilds are held after they have read Postgres. */
async function openQuotas({
  gate,
  offers,
}: {
  gate?: Gate;
  offers?: Parameters<typeof createQuotas>[0]['offers'];
} = {}) {
  const { database, log } = world.core;
  const redis = openRedis({ url: world.test.redis.url, log });
  await redis.connect();
  const pool = { connect: async () => holdAtCommit(await database.pool.connect(), gate) };
  const held = gate ? { ...database, pool: pool as unknown as typeof database.pool } : database;
  const quotas = createQuotas({ redis, database: held, clock: () => now, log, ...(offers ? { offers } : {}) });
  return { redis, quotas };
}

type Gate = { reached: PromiseWithResolvers<void>; opened: PromiseWithResolvers<void> };

function holdAtCommit(client: pg.PoolClient, gate: Gate | undefined) {
  return {
    release: () => client.release(),
    async query(text: string, values?: unknown[]) {
      const answer = await client.query(text, values);
      if (text === 'COMMIT') {
        gate?.reached.resolve();
        await gate?.opened.promise;
      }
      return answer;
    },
  };
}
