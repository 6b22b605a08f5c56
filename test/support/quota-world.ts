import { inTransaction } from '../../core/database/transaction.ts';
import { createFinish, type Ending } from '../../core/generations/finish.ts';
import { createOutbox, type Promised } from '../../core/generations/outbox.ts';
import { type Account, AppError, type Core, dayOf } from '../../core/index.ts';
import { createQueues } from '../../core/queue/queue.ts';
import { grantEntry } from '../../core/quotas/grants.ts';
import { createQuotas } from '../../core/quotas/quotas.ts';
import { quotaKeys } from '../../core/quotas/scripts.ts';
import { openRedis } from '../../core/redis.ts';
import { startTestCore, type TestCore } from './core.ts';

/** A request that was taken in, as the ledger has it. */
export type Taken = { id: string; images: number; topUp: number; day: string };

export type QuotaWorld = Awaited<ReturnType<typeof startQuotaWorld>>;

/**
 * Two processes that accept requests and none that draws: a test ends them as it likes, also so that what the end
 * promised is lost, as by a crash.
 */
export async function startQuotaWorld({ clock }: { clock: () => Date }) {
  const test: TestCore = await startTestCore({ clock });
  const cores = [test.core, await test.another()] as const;
  const { database, log } = test.core;
  const redis = openRedis({ url: test.redis.url, log });
  await redis.connect();
  const queues = createQueues({ url: test.redis.url, log });
  const quotas = createQuotas({ redis, database, clock, log });
  const outbox = createOutbox({ database, queues, quotas, store: noFiles, log });
  const ender = (publish: typeof outbox.publish) =>
    createFinish({
      database,
      outbox: { ...outbox, publish },
      events: { publish: async () => {}, subscribe: async () => () => {} },
      clock,
    });
  const kept: Promise<void>[] = [];
  const finishes = {
    told: ender((promised: readonly Promised[]) => {
      const keeping = outbox.publish(promised);
      kept.push(keeping);
      return keeping;
    }),
    lost: ender(async () => {}),
  };

  /** Asks one of the processes for images; null when a limit of the plan refuses, with what it said. */
  async function ask(account: Account, images: number, process: number, requestId: string = crypto.randomUUID()) {
    const core = cores[process % 2] as Core;
    try {
      const { id, repeated } = await core.generations.request({
        account,
        source: 'web',
        requestId,
        input: { prompt: 'a lighthouse', count: images },
        locale: 'en',
        replyTo: null,
      });
      return { repeated, taken: await readTaken(id), refusal: null };
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'quota_exceeded') throw error;
      return { repeated: false, taken: null, refusal: error.receipt };
    }
  }

  async function readTaken(id: string): Promise<Taken> {
    const entry = await database.prisma.quotaEntry.findFirstOrThrow({ where: { generationId: id, kind: 'reserve' } });
    return { id, images: entry.images, topUp: entry.topUp, day: dayOf(entry.day) };
  }

  /** Walks it to where its pictures are kept; somebody else, who ends it too, may have. */
  async function walkToStored(id: string): Promise<void> {
    await inTransaction(database, async (client) => {
      const { rows } = await client.query<{ state: string }>(
        'SELECT state FROM generations WHERE id = $1 AND finished_at IS NULL FOR UPDATE',
        [id],
      );
      for (const state of rows.flatMap((row) => working.slice(working.indexOf(row.state) + 1)))
        await client.query(`UPDATE generations SET state = $2, operation = '{}', version = version + 1 WHERE id = $1`, [
          id,
          state,
        ]);
    });
  }

  /** Ends it with `keep` of its images, none: it failed. `lose` what that promised. False: it had ended. */
  async function end(id: string, keep: number, { lose = false } = {}): Promise<boolean> {
    if (keep) await walkToStored(id);
    const ending: Ending = keep
      ? { state: 'succeeded', kept: keep, costMicros: 0 }
      : { state: 'failed', errorCode: 'provider_failed' };
    for (;;) {
      const found = await database.prisma.generation.findUniqueOrThrow({ where: { id } });
      if (found.finishedAt) return false;
      // The outbox, which says that it is queued, may be faster.
      if (await finishes[lose ? 'lost' : 'told'](found, ending)) break;
    }
    await Promise.all(kept.splice(0));
    return true;
  }

  return {
    test,
    cores,
    core: test.core,
    ask,
    end,
    cancel: (account: Account, id: string) =>
      test.core.generations.cancel(account.id, id).then(
        ({ state }) => state === 'cancelled',
        (error: AppError) => (error.code === 'already_ended' ? false : Promise.reject(error)),
      ),
    grant: (account: Account, images: number, { lose = false } = {}) =>
      lose
        ? grantEntry(database.pool, { accountId: account.id, images }, clock())
        : test.core.quotas.grant({ accountId: account.id, images }),
    /** Keeps whatever was promised and lost. */
    catchUp: () => outbox.sweep(-60_000),
    empty: () => test.redisClient.flushall(),
    /** Whether Redis counts this account, as of its last rebuild. */
    async isKnown({ id }: Account): Promise<boolean> {
      const { quotaEpoch } = await database.prisma.account.findUniqueOrThrow({ where: { id } });
      return (await test.redisClient.hget(quotaKeys(id)[0], 'epoch')) === `${quotaEpoch}`;
    },
    /** What Redis counts of a day, its month and the top-ups; null where it knows nothing. */
    async counted(account: Account, day: string) {
      const fields = [`d:${day}`, `m:${day.slice(0, 7)}`, 't'];
      const [today, month, topUps] = await test.redisClient.hmget(quotaKeys(account.id)[0], ...fields);
      return [today, month, topUps].map((text) => (text == null ? null : Number(text)));
    },
    async close() {
      await queues.close();
      await redis.close();
      await test.close();
    },
  };
}

const working = ['submitting', 'running', 'fetching', 'stored'];
const noFiles = { delete: async () => {} };
