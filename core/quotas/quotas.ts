import { type Clock, dayOf, endOfDay, endOfMonth } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { AppError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { RedisClient } from '../redis.ts';
import { defineScripts } from './commands.ts';
import { count, type KeyCap, type Limits, type Verdict, writeReceipt } from './decision.ts';
import { readEndings, readKeyUse, readLedger, startRebuild } from './ledger.ts';
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
  /** UTC day it was taken from, `2026-11-21`. */
  day: string;
  /** When it was reserved; the generation is written with this very time, so that both name the same reservation. */
  at: Date;
  /** Of the account when it was reserved; a rebuild in between makes it void. */
  epoch: number;
  receipt: Receipt;
};

export type { KeyCap, Limits } from './decision.ts';
export type Quotas = ReturnType<typeof createQuotas>;

type Wanted = { accountId: string; generationId: string; images: number; limits: Limits; key?: KeyCap | null };

/** The gate in Redis over the ledger in Postgres. Nothing is spent without its say, also when Redis is away. */
export function createQuotas({
  redis,
  database,
  clock,
  log,
}: {
  redis: RedisClient;
  database: Database;
  clock: Clock;
  log: Log;
}) {
  const scripts = defineScripts(redis);
  const rebuilding = new Map<string, Promise<void>>();

  /**
   * Checks every limit and takes `images` in one step. Repeating it for the same generation takes
   * nothing more. Throws AppError `quota_exceeded` with a receipt, `quota_unavailable` when Redis is away.
   */
  async function reserve(wanted: Wanted): Promise<Reservation> {
    const { accountId, generationId, images } = wanted;
    const { verdict, day, receipt } = await decide(wanted, { take: true });
    if (verdict[0] !== 'ok' && verdict[0] !== 'repeat') throw new AppError('quota_exceeded', {}, { receipt });
    const held = verdict[0] === 'repeat' ? verdict[4] : images;
    const at = new Date(Number(verdict[6]));
    return { accountId, generationId, images: held, day, at, epoch: verdict[1], receipt } as Reservation;
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
  ): Promise<{ verdict: Verdict; day: string; receipt: Receipt }> {
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
          day.slice(0, 7),
          limits.perDay,
          limits.perMonth ?? -1,
          limits.perMinute,
          limits.cooldownSeconds * 1000,
          limits.concurrent,
          accountId,
          take ? 0 : 1,
          key?.id ?? '',
          key?.dailyCap ?? -1,
        );
      });
      if (verdict[0] !== 'rebuild') return { verdict, day, receipt: writeReceipt(verdict, limits, key, now) };
      await rebuild(accountId);
    }
    throw new AppError('quota_unavailable');
  }

  /** Ends a reservation in Redis after Postgres has ended it. Harmless when repeated; the outbox repeats it. */
  async function settle(ended: {
    accountId: string;
    generationId: string;
    refunded: number;
    day: string;
    /** Of the reservation: ms since 1970. */
    at: number;
  }): Promise<void> {
    await scripts.settle(
      ...quotaKeys(ended.accountId),
      ended.generationId,
      ended.refunded,
      ended.day,
      ended.day.slice(0, 7),
      ended.accountId,
      ended.at,
    );
  }

  /**
   * Gives back a reservation made for a repeated request whose generation has ended already, or was
   * never written. Answers whether there is such a generation.
   */
  async function releaseUnlessRunning({ accountId, generationId, images, day, at }: Reservation): Promise<boolean> {
    const [row] = await database.run<{ ended: boolean }>(readEnded, [generationId]);
    if (!row || row.ended) await settle({ accountId, generationId, refunded: images, day, at: at.getTime() });
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
        truth.day,
        truth.usedToday,
        truth.month,
        truth.usedThisMonth,
        accountId,
        ...truth.unfinished.flatMap(({ id, at, images, key }) => [id, at, images, key ?? '']),
        '-',
        ...truth.recent.flatMap(({ id, at }) => [id, at]),
        '-',
        ...truth.usedByKey.flatMap(({ key, images }) => [key, images]),
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
   * To be called when a reservation could not be written because its epoch is over. Often somebody has
   * rebuilt the counters already; only if nobody has, they are rebuilt here.
   */
  async function renew({ accountId, epoch }: Reservation): Promise<void> {
    const now = await failClosed(() => redis.client.hget(quotaKeys(accountId)[0], 'epoch'));
    if (Number(now ?? 0) <= epoch) await rebuild(accountId);
  }

  /** Rebuilds every account with a reservation older than `olderThanMs` that Postgres does not know as unfinished. */
  async function sweep(olderThanMs: number): Promise<number> {
    const old = await redis.client.zrangebyscore('q:active', '-inf', clock().getTime() - olderThanMs, 'LIMIT', 0, 1000);
    if (!old.length) return 0;
    const held = old.map((member) => member.split('|') as [string, string]);
    const rows = await database.pool.query<{ id: string }>(
      'SELECT id FROM generations WHERE id = ANY($1::uuid[]) AND finished_at IS NULL',
      [held.map(([, id]) => id)],
    );
    const unfinished = new Set(rows.rows.map((row) => row.id));
    const stale = new Set(held.filter(([, id]) => !unfinished.has(id)).map(([account]) => account));
    for (const account of stale) await rebuild(account);
    return stale.size;
  }

  /** What an account has used, from the ledger, against its limits. */
  async function status(
    accountId: string,
    limits: Limits,
  ): Promise<{ daily: Receipt; monthly: Receipt | null; usedThisMonth: number; monthEndsAt: string; active: number }> {
    const now = clock();
    const used = await readLedger(database, accountId, now);
    return {
      daily: count('daily', limits.perDay, used.today, endOfDay(now), 'wait'),
      monthly:
        limits.perMonth === null ? null : count('monthly', limits.perMonth, used.thisMonth, endOfMonth(now), 'wait'),
      usedThisMonth: used.thisMonth,
      monthEndsAt: endOfMonth(now).toISOString(),
      active: used.active,
    };
  }

  /**
   * What is left of today, for an answer's headers: one read of the counters, or of the ledger where they
   * can't be relied on. Decides nothing.
   */
  async function peek({
    accountId,
    limits,
    key,
  }: {
    accountId: string;
    limits: Limits;
    key: KeyCap | null;
  }): Promise<Receipt> {
    const now = clock();
    const day = dayOf(now);
    redis.gather();
    const [run, ...counted] = await redis.client
      .hmget(quotaKeys(accountId)[0], 'run', `d:${day}`, `k:${day}:${key?.id ?? ''}`)
      .catch(() => []);
    const [used, usedByKey] = run && run === redis.run() ? counted.map(Number) : await readUse(accountId, key, now);
    return writeReceipt(['ok', 0, used ?? 0, 0, 0, usedByKey ?? 0], limits, key, now);
  }

  async function readUse(accountId: string, key: KeyCap | null, now: Date): Promise<[number, number]> {
    const ledger = readLedger(database, accountId, now);
    const byKey = key ? await readKeyUse(database, accountId, now) : [];
    return [(await ledger).today, byKey.find((each) => each.key === key?.id)?.images ?? 0];
  }

  return { reserve, check, peek, settle, releaseUnlessRunning, rebuild, renew, sweep, status };
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
