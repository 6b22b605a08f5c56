import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import type { RedisClient } from '../redis.ts';
import type { Quotas } from './quotas.ts';
import { quotaKeys, reservedKey } from './scripts.ts';

/** Finds reservations that a crash left without a generation. */
export function createQuotaSweep({
  redis,
  database,
  quotas,
  clock,
  atOnce = 1000,
}: {
  redis: Pick<RedisClient, 'client'>;
  database: Database;
  quotas: Pick<Quotas, 'rebuild'>;
  clock: Clock;
  /** Accounts looked at in one sweep. */
  atOnce?: number;
}) {
  /**
   * Rebuilds every account with a reservation older than `olderThanMs` that Postgres does not know as unfinished. Looks at
   * an account once in that time, first at whom it has not looked at for longest. Answers how many were rebuilt.
   */
  return async function sweep(olderThanMs: number): Promise<number> {
    const now = clock().getTime();
    const before = now - olderThanMs;
    const accounts = await redis.client.zrangebyscore(reservedKey, '-inf', before, 'LIMIT', 0, atOnce);
    if (!accounts.length) return 0;
    const held = await Promise.all(accounts.map((account) => readHeld(account, before)));
    const rows = await database.run<{ id: string }>(selectUnfinished, [held.flat()]);
    const unfinished = new Set(rows.map(({ id }) => id));
    const stale = accounts.filter((_, index) => held[index]?.some((id) => !unfinished.has(id)));
    for (const account of stale) await quotas.rebuild(account);
    await redis.client.zadd(reservedKey, 'XX', ...accounts.flatMap((account) => [now, account]));
    return stale.length;
  };

  /** The generations that an account's counters have held since before `before`, ms. */
  async function readHeld(accountId: string, before: number): Promise<string[]> {
    const fields = Object.entries(await redis.client.hgetall(quotaKeys(accountId)[0]));
    const old = fields.filter(([name, value]) => name.startsWith('g:') && Number(value.split('|')[1]) < before);
    return old.map(([name]) => name.slice('g:'.length));
  }
}

const selectUnfinished = {
  name: 'quota_unfinished',
  text: 'SELECT id FROM generations WHERE id = ANY($1::uuid[]) AND finished_at IS NULL',
};
