import { type Clock, dayOf } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { AppError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { RedisClient } from '../redis.ts';
import { defineScripts } from './commands.ts';
import {
  isForSale,
  type KeyCap,
  type Limits,
  nothingOffered,
  type Offers,
  type Verdict,
  writeReceipt,
} from './decision.ts';
import { readEndings, startRebuild } from './ledger.ts';
import type { Receipt } from './receipt.ts';
import { quotaKeys } from './scripts.ts';

declare const permit: unique symbol;
/** The right to write one generation; only `reserve` makes it, and writing demands it. */
export type Reservation = {
  readonly [permit]: true;
  accountId: string;
  generationId: string;
  /** What was taken; of a repeated request, what the first one asked for. */
  images: number;
  /** How many of these came from top-ups, since the plan had no room for them. */
  topUp: number;
  /** UTC day it was taken from, `2026-11-21`. */
  day: string;
  /** When it was reserved; the generation is written with this very time, so that both name the same reservation. */
  at: Date;
  /** Of the account when it was reserved; a rebuild in between makes it void. */
  epoch: number;
  receipt: Receipt;
};

export type { KeyCap, Limits, Offers } from './decision.ts';
export type Quotas = ReturnType<typeof createQuotas>;

type Wanted = { accountId: string; generationId: string; images: number; limits: Limits; key?: KeyCap | null };

/** The gate in Redis over the ledger in Postgres. Nothing is spent without its say, also when Redis is away. */
export function createQuotas({
  redis,
  database,
  clock,
  log,
  offers = async () => nothingOffered,
}: {
  redis: RedisClient;
  database: Database;
  clock: Clock;
  log: Log;
  /** What can be bought now; asked when a limit of the plan refuses. */
  offers?: () => Promise<Offers>;
}) {
  const scripts = defineScripts(redis);
  const rebuilding = new Map<string, Promise<void>>();

  /**
   * Checks every limit and takes `images` in one step: from the plan what day and month have room for, the
   * rest from the top-ups. Repeating it for the same generation takes nothing more. Throws AppError `quota_exceeded` with a receipt, `quota_unavailable` when Redis is away.
   */
  async function reserve(wanted: Wanted): Promise<Reservation> {
    const { accountId, generationId, images } = wanted;
    const { verdict, now, day, receipt } = await decide(wanted, { take: true });
    const reserved = { accountId, generationId, topUp: verdict[8] ?? 0, epoch: verdict[1], receipt };
    if (verdict[0] === 'ok') return { ...reserved, images, day, at: now } as Reservation;
    if (verdict[0] !== 'repeat') throw new AppError('quota_exceeded', {}, { receipt });
    // It stands as it was first made, also when a day has ended in between.
    const at = new Date(Number(verdict[7]));
    return { ...reserved, images: verdict[4], day: dayOf(at), at } as Reservation;
  }

  /** What `reserve` would decide now, taking nothing. Throws AppError `quota_unavailable` when Redis is away. */
  async function check(wanted: {
    accountId: string;
    images: number;
    limits: Limits;
    key?: KeyCap | null;
  }): Promise<{ allowed: boolean; receipt: Receipt }> {
    const { verdict, receipt } = await decide({ ...wanted, generationId: '' }, { take: false });
    return { allowed: verdict[0] === 'ok', receipt };
  }

  async function decide(
    { accountId, generationId, images, limits, key = null }: Wanted,
    { take }: { take: boolean },
  ): Promise<{ verdict: Verdict; now: Date; day: string; receipt: Receipt }> {
    for (let tries = 0; tries < 20; tries++) {
      const now = clock();
      const day = dayOf(now);
      const verdict = await failClosed(() => {
        redis.gather();
        return scripts.reserve(
          ...quotaKeys(accountId),
          now.getTime(),
          redis.run(),
          generationId,
          images,
          day,
          limits.perDay,
          limits.perMonth ?? -1,
          limits.perMinute,
          limits.cooldownSeconds * 1000,
          limits.concurrent,
          take ? 0 : 1,
          key?.id ?? '',
          key?.dailyCap ?? -1,
        );
      });
      if (verdict[0] !== 'rebuild') {
        const onSale = isForSale(verdict) ? await offers() : nothingOffered;
        return { verdict, now, day, receipt: writeReceipt(verdict, limits, key, now, onSale) };
      }
      await rebuild(accountId);
    }
    throw new AppError('quota_unavailable');
  }

  /** Ends a reservation in Redis after Postgres has ended it. Harmless when repeated; the outbox repeats it. */
  async function settle(ended: {
    accountId: string;
    generationId: string;
    refunded: number;
    /** How many of these go back to the top-ups. */
    topUp: number;
    day: string;
    /** Of the reservation: ms since 1970. */
    at: number;
  }): Promise<void> {
    await scripts.settle(
      ...quotaKeys(ended.accountId),
      ended.generationId,
      ended.refunded,
      ended.day,
      ended.at,
      ended.topUp,
    );
  }

  /**
   * Gives back a reservation made for a repeated request whose generation has ended already, or was
   * never written. Answers whether there is such a generation.
   */
  async function releaseUnlessRunning({ images, at, ...reserved }: Reservation): Promise<boolean> {
    const [row] = await database.run<{ ended: boolean }>(readEnded, [reserved.generationId]);
    if (!row || row.ended) await settle({ ...reserved, refunded: images, at: at.getTime() });
    return row !== undefined;
  }

  /**
   * Writes an account's counters anew from Postgres. Reservations that were not written by then are
   * void: their epoch is over, so writing them fails and they are asked for again.
   */
  function rebuild(accountId: string): Promise<void> {
    const running = rebuilding.get(accountId);
    if (running) return running;
    const work = failClosed(async () => {
      const run = redis.run();
      const truth = await startRebuild(database, accountId, clock());
      await scripts.rebuild(
        ...quotaKeys(accountId),
        run,
        truth.epoch,
        truth.topUps,
        ...truth.unfinished.flatMap(({ id, at, images, topUp, key }) => [id, at, images, topUp, key ?? '']),
        '-',
        ...truth.recent.flatMap(({ id, at }) => [id, at]),
        '-',
        ...truth.counters.flatMap(({ field, images }) => [field, images]),
      );
      // What ended since Postgres was read may have been settled in the counters that are gone now.
      const unfinished = truth.unfinished.map(({ id }) => id);
      const endings = unfinished.length ? await readEndings(database, unfinished) : [];
      for (const ending of endings) await settle({ accountId, ...ending });
      log.debug({ account: accountId, epoch: truth.epoch }, 'quota counters rebuilt');
    }).finally(() => rebuilding.delete(accountId));
    rebuilding.set(accountId, work);
    return work;
  }

  /**
   * Rebuilds from what Postgres holds now: a rebuild that is under way may have read it before. For changes
   * of the ledger that no reservation made.
   */
  async function refresh(accountId: string): Promise<void> {
    await rebuilding.get(accountId)?.catch(() => {});
    await rebuild(accountId);
  }

  /**
   * To be called when a reservation could not be written because its epoch is over. Often somebody has
   * rebuilt the counters already; only if nobody has, they are rebuilt here.
   */
  async function renew({ accountId, epoch }: Reservation): Promise<void> {
    const now = await failClosed(() => redis.client.hget(quotaKeys(accountId)[0], 'epoch'));
    if (Number(now ?? 0) <= epoch) await rebuild(accountId);
  }

  return { reserve, check, settle, releaseUnlessRunning, rebuild, refresh, renew };
}

const readEnded = {
  name: 'generation_ended',
  text: 'SELECT finished_at IS NOT NULL AS ended FROM generations WHERE id = $1',
};

async function failClosed<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof AppError ? error : new AppError('quota_unavailable', {}, { cause: error });
  }
}
