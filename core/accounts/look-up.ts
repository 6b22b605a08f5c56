import type { Platform } from '@prisma/client';
import { LRUCache } from 'lru-cache';
import { createBatch } from '../batch.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import type { Events } from '../events.ts';
import type { Account } from './accounts.ts';
import { joinPlan, memoryMs } from './effective-plan.ts';

/**
 * Who a chat user is, asked at every message: remembered for a moment, and asked of Postgres together
 * with whoever else is asked for meanwhile.
 */
export function createLookUp({ database, events, clock }: { database: Database; events: Events; clock: Clock }) {
  // Changes are announced, so the short life only matters when news is lost.
  const known = new LRUCache<string, { account: Account | null }>({ max: 20_000, ttl: rememberMs });
  let announcements = 0;
  void events.subscribe('accounts', forget);

  const read = createBatch<{ platform: Platform; userId: string }, Account | null>(
    async (entries) => {
      const rows = await database.run<AccountRow & { entry: number }>(select, [
        entries.map(({ platform }) => platform),
        entries.map(({ userId }) => userId),
        clock(),
      ]);
      const byEntry = new Map(rows.map((row) => [row.entry, row]));
      return entries.map((_, index) => {
        const row = byEntry.get(index + 1);
        return row ? toAccount(row) : null;
      });
    },
    { largest: 200, parallel: 1 },
  );

  /** The account a chat user is linked to, or null. */
  async function find(platform: Platform, userId: string): Promise<Account | null> {
    const key = `${platform}:${userId}`;
    const found = known.get(key);
    if (found) return found.account;
    const before = announcements;
    const account = await read({ platform, userId });
    // What was read before a change was announced may be the state before it.
    if (before === announcements) known.set(key, { account }, { ttl: memoryMs(account, clock(), rememberMs) });
    return account;
  }

  function forget(): void {
    announcements++;
    known.clear();
  }

  return { find, forget };
}

const rememberMs = 5_000;

/** An account with its plan, as `accountColumns` of `accounts` with `joinPlan` gives it. */
export type AccountRow = Omit<Account, 'plan'> & Omit<Account['plan'], 'slug' | 'name'> & { planName: string };

export function toAccount(row: AccountRow): Account {
  const { id, email, role, status, planSlug, planUntil, locale, planName, priority } = row;
  const { perDay, perMonth, perMinute, cooldownSeconds, concurrent } = row;
  const limits = { perDay, perMonth, perMinute, cooldownSeconds, concurrent };
  return {
    id,
    email,
    role,
    status,
    planSlug,
    planUntil,
    locale,
    plan: { slug: planSlug, name: planName, priority, ...limits },
  };
}

export const accountColumns = `accounts.id, email, role, status, plans.slug AS "planSlug", CASE plans.slug WHEN entitled_plan_slug THEN entitled_until END AS "planUntil", locale, plans.name AS "planName", priority,
      per_day AS "perDay", per_month AS "perMonth", per_minute AS "perMinute", cooldown_seconds AS "cooldownSeconds", concurrent`;

const select = {
  name: 'account_look_up',
  text: `
    SELECT asked.entry::int, ${accountColumns}
    FROM unnest($1::"Platform"[], $2::text[]) WITH ORDINALITY AS asked(platform, user_id, entry)
    JOIN identities ON identities.platform = asked.platform AND platform_user_id = asked.user_id
    JOIN accounts ON accounts.id = account_id ${joinPlan('$3')}`,
};
