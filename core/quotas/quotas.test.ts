import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeMember, makePlan, startTestCore, type TestCore } from '../../test/support/core.ts';
import { type Accepted, type Account, AppError, type Core } from '../index.ts';
import { quotaKeys } from './scripts.ts';

let test: TestCore;
let second: Core;
beforeAll(async () => {
  // No worker runs: what is accepted stays reserved until a test ends it.
  test = await startTestCore();
  second = await test.another();
});
afterAll(() => test.close());

const ask = (core: Core, account: Account, options: { count?: number; requestId?: string } = {}) =>
  core.generations.request({
    account,
    source: 'web',
    requestId: options.requestId ?? crypto.randomUUID(),
    input: { prompt: 'a lighthouse', count: options.count ?? 1 },
    locale: 'en',
    replyTo: null,
  });

/** What Postgres and Redis say was taken today. */
async function readBoth(account: Account) {
  const { daily } = await test.core.quotas.status(account.id, account.plan);
  const counters = await test.redisClient.hgetall(quotaKeys(account.id)[0]);
  const day = new Date().toISOString().slice(0, 10);
  return {
    ledger: daily.used,
    redis: Number(counters[`d:${day}`] ?? 0),
    active: Number(counters.active ?? 0),
  };
}

async function memberWith(limits: Parameters<typeof makePlan>[1]) {
  const { account } = await makeMember(test.core, { plan: await makePlan(test.core, limits) });
  return account;
}

describe('the daily limit', () => {
  it('lets exactly 20 of 500 through that come at once to two processes, also when Redis is emptied in between', {
    timeout: 300_000,
  }, async () => {
    const crowd = fc.record({
      atSecond: fc.array(fc.boolean(), { minLength: 500, maxLength: 500 }),
      emptiedAfter: fc.option(fc.integer({ min: 0, max: 499 })),
    });
    await fc.assert(
      fc.asyncProperty(crowd, async ({ atSecond, emptiedAfter }) => {
        const account = await memberWith({ perDay: 20 });
        let answered = 0;
        const emptyInBetween = () => {
          if (answered++ === emptiedAfter) void test.redisClient.flushall();
        };
        const asked = atSecond.map((isSecond) => ask(isSecond ? second : test.core, account).finally(emptyInBetween));
        const results = await Promise.allSettled(asked);
        const refusals = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as AppError] : []));
        expect(new Set(refusals.map(({ code }) => code))).toEqual(new Set(['quota_exceeded']));
        expect(results.length - refusals.length).toBe(20);
        // The last word, also when the counters were lost after it.
        const receipt = { limit: 'daily', max: 20, used: 20, remaining: 0 };
        await expect(ask(test.core, account)).rejects.toMatchObject({ code: 'quota_exceeded', receipt });
        expect(await readBoth(account)).toEqual({ ledger: 20, redis: 20, active: 20 });
      }),
      { numRuns: 100, endOnFailure: true },
    );
  });

  it('stays exact over any mixture of counts, repeats, cancels and losses of Redis', { timeout: 300_000 }, async () => {
    const step = fc.oneof(
      {
        weight: 12,
        arbitrary: fc.record({
          type: fc.constant('ask' as const),
          count: fc.integer({ min: 1, max: 4 }),
          key: fc.integer({ min: 0, max: 60 }),
        }),
      },
      { weight: 4, arbitrary: fc.record({ type: fc.constant('cancel' as const), pick: fc.nat(50) }) },
      { weight: 1, arbitrary: fc.record({ type: fc.constant('empty' as const) }) },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(step, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 8 }),
        async (rounds) => {
          const account = await memberWith({ perDay: 20 });
          const run = crypto.randomUUID();
          const accepted = new Map<string, Accepted>();
          const cancelled = new Set<string>();
          for (const round of rounds) {
            await Promise.all(
              round.map(async (action, index) => {
                if (action.type === 'empty') return test.redisClient.flushall();
                if (action.type === 'cancel') {
                  const chosen = [...accepted.values()][action.pick];
                  if (chosen)
                    await test.core.generations
                      .cancel(account.id, chosen.id)
                      .then(() => cancelled.add(chosen.id), ignoreRefusal);
                  return;
                }
                const requestId = `${run}-${action.key}`;
                const result = await ask(index % 2 ? second : test.core, account, {
                  count: action.count,
                  requestId,
                }).catch(ignoreRefusal);
                // A repeated key answers the first request, whose count stands.
                if (result && !result.repeated) accepted.set(result.id, result);
              }),
            );
            const { ledger } = await readBoth(account);
            const owed = [...accepted.values()]
              .filter(({ id }) => !cancelled.has(id))
              .reduce((sum, { count }) => sum + count, 0);
            expect(ledger).toBe(owed);
            expect(ledger).toBeLessThanOrEqual(20);
          }
          // The news of endings reaches Redis through the outbox; afterwards both say the same, or Redis knows nothing yet.
          await vi.waitFor(
            async () => {
              await ask(test.core, account, { count: 4, requestId: crypto.randomUUID() }).catch(ignoreRefusal);
              const { ledger, redis } = await readBoth(account);
              expect(redis).toBe(ledger);
            },
            { timeout: 5_000 },
          );
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('a refund', () => {
  it('goes back to the day it was taken from, also after midnight', async () => {
    let now = new Date('2028-02-29T23:59:50Z');
    const clocked = await startTestCore({ clock: () => now });
    try {
      const { account } = await makeMember(clocked.core, {
        plan: await makePlan(clocked.core, { perDay: 2, perMonth: 3 }),
      });
      const first = await ask(clocked.core, account, { count: 2 });
      await expect(ask(clocked.core, account)).rejects.toMatchObject({
        receipt: { limit: 'daily', remaining: 0, resets_at: '2028-03-01T00:00:00.000Z' },
      });
      now = new Date('2028-03-01T00:00:10Z');
      const next = await ask(clocked.core, account, { count: 1 });
      await clocked.core.generations.cancel(account.id, first.id);
      const { daily, monthly } = await clocked.core.quotas.status(account.id, account.plan);
      expect([daily.used, monthly?.used]).toEqual([1, 1]);
      const entries = await clocked.core.database.prisma.quotaEntry.findMany({
        where: { accountId: account.id },
        orderBy: { id: 'asc' },
      });
      expect(
        entries.map(({ kind, images, day, generationId }) => [
          kind,
          images,
          day.toISOString().slice(0, 10),
          generationId,
        ]),
      ).toEqual([
        ['reserve', 2, '2028-02-29', first.id],
        ['reserve', 1, '2028-03-01', next.id],
        ['refund', 2, '2028-02-29', first.id],
      ]);
    } finally {
      await clocked.close();
    }
  });
});

describe('the other limits', () => {
  it.each([
    ['per_minute', { perMinute: 3 }, { max: 3, used: 3, remaining: 0, hint: 'wait' }],
    ['concurrent', { concurrent: 3 }, { max: 3, used: 3, remaining: 0, hint: 'finish', resets_at: null }],
    ['monthly', { perMonth: 3 }, { max: 3, used: 3, remaining: 0, hint: 'wait' }],
  ])('%s refuses the fourth with its receipt', async (limit, limits, receipt) => {
    const account = await memberWith(limits);
    for (let index = 0; index < 3; index++) await ask(test.core, account);
    await expect(ask(test.core, account)).rejects.toMatchObject({
      code: 'quota_exceeded',
      receipt: { limit, ...receipt },
    });
  });

  it('cooldown says when to go on', async () => {
    const account = await memberWith({ cooldownSeconds: 60 });
    const before = Date.now();
    await ask(test.core, account);
    const refusal: AppError = await ask(test.core, account).then(
      () => expect.unreachable(),
      (error: AppError) => error,
    );
    expect(refusal.receipt).toMatchObject({ limit: 'cooldown', max: 60 });
    expect(new Date(refusal.receipt?.resets_at ?? 0).getTime()).toBeGreaterThanOrEqual(before + 60_000);
  });

  it('asking again with the same id takes nothing more, 50 times at once', async () => {
    const account = await memberWith({ perDay: 20, cooldownSeconds: 60 });
    const requestId = crypto.randomUUID();
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, index) => ask(index % 2 ? second : test.core, account, { requestId })),
    );
    expect(new Set(results.map(({ id }) => id)).size).toBe(1);
    expect(results.filter(({ repeated }) => !repeated)).toHaveLength(1);
    expect(await readBoth(account)).toEqual({ ledger: 1, redis: 1, active: 1 });
  });
});

describe('without Redis', () => {
  it('nothing is spent, and all is exact when it comes back, empty or not', async () => {
    const alone = await startTestCore();
    try {
      const { account } = await makeMember(alone.core, { plan: await makePlan(alone.core, { perDay: 3 }) });
      await ask(alone.core, account);
      await alone.redis.kill();
      await expect(ask(alone.core, account)).rejects.toMatchObject({ code: 'quota_unavailable' });
      await alone.redis.restart({ empty: true });
      await vi.waitFor(() => ask(alone.core, account), { timeout: 10_000, interval: 100 });
      await ask(alone.core, account);
      await expect(ask(alone.core, account)).rejects.toMatchObject({ code: 'quota_exceeded', receipt: { used: 3 } });
    } finally {
      await alone.close();
    }
  });
});

function ignoreRefusal(error: unknown): undefined {
  if (error instanceof AppError && ['quota_exceeded', 'already_ended', 'quota_unavailable'].includes(error.code))
    return undefined;
  throw error;
}
