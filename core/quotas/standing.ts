import { type Clock, dayOf, endOfDay, endOfMonth } from '../clock.ts';
import type { Database } from '../database/database.ts';
import type { RedisClient } from '../redis.ts';
import { count, type KeyCap, type Limits, writeReceipt } from './decision.ts';
import { readKeyUse, readLedger } from './ledger.ts';
import type { Receipt } from './receipt.ts';
import { quotaKeys } from './scripts.ts';

/** What an account has used and has left. Numbers are images. */
export type Status = {
  daily: Receipt;
  /** Null: the plan has no limit a month. */
  monthly: Receipt | null;
  usedThisMonth: number;
  /** ISO 8601, UTC. */
  monthEndsAt: string;
  /** Never expire, and are spent after the plan's own. */
  topUp: { remaining: number };
  /** Generations that have not ended. */
  active: number;
};

type Charged = { images: number; topUp: number };

/** Tells what is used and left. Decides nothing. */
export function createStanding({ redis, database, clock }: { redis: RedisClient; database: Database; clock: Clock }) {
  /** What an account has used, from the ledger, against its limits. */
  async function status(accountId: string, limits: Limits): Promise<Status> {
    const now = clock();
    const books = await readLedger(database, accountId, now);
    return {
      daily: count('daily', limits.perDay, books.today, endOfDay(now), 'wait'),
      monthly:
        limits.perMonth === null ? null : count('monthly', limits.perMonth, books.thisMonth, endOfMonth(now), 'wait'),
      usedThisMonth: books.thisMonth,
      monthEndsAt: endOfMonth(now).toISOString(),
      topUp: { remaining: Math.max(0, books.topUps) },
      active: books.active,
    };
  }

  /**
   * What is left of today, for an answer's headers: one read of the counters, or of the ledger where they
   * can't be relied on.
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
      .hmget(quotaKeys(accountId)[0], 'run', `d:${day}`, `k:${day}:${key?.id ?? ''}`, 't')
      .catch(() => []);
    const known = run && run === redis.run();
    const [used, usedByKey, topUps] = known ? counted.map(Number) : await readUse(accountId, key, now);
    return writeReceipt(['ok', 0, used ?? 0, 0, 0, usedByKey ?? 0, topUps ?? 0], limits, key, now);
  }

  async function readUse(accountId: string, key: KeyCap | null, now: Date): Promise<[number, number, number]> {
    const { today, topUps } = await readLedger(database, accountId, now);
    const byKey = key ? await readKeyUse(database, accountId, now) : [];
    return [today, byKey.find((each) => each.key === key?.id)?.images ?? 0, topUps];
  }

  /** What a generation cost: images, and how many of these came from top-ups. Nothing, unless it succeeded. */
  async function charged(generationId: string): Promise<Charged> {
    const [row] = await database.run<Charged>(readCharged, [generationId]);
    return row ?? { images: 0, topUp: 0 };
  }

  return { status, peek, charged };
}

const readCharged = {
  name: 'quota_charged',
  text: `SELECT images, top_up AS "topUp" FROM quota_entries WHERE generation_id = $1 AND kind = 'commit'`,
};
