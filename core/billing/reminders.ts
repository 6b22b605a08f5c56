import { joinPlan } from '../accounts/effective-plan.ts';
import { type Clock, dayOf, monthOf } from '../clock.ts';
import type { Database } from '../database/database.ts';
import type { Log } from '../log.ts';
import type { Notices } from '../notices/notices.ts';
import type { Sync } from './sync.ts';

/** How long before a plan ends its member is told. */
const noticeMs = 3 * 86_400_000;
const pageSize = 500;

/**
 * What happens to plans by time alone. Nothing depends on when it runs: what has run out counts no longer from that
 * moment on, and every notice is told once.
 */
export function createReminders({
  database,
  sells,
  sync,
  notices,
  clock,
  log,
}: {
  database: Database;
  /** Whether there is a payment service to ask. */
  sells: boolean;
  sync: Sync;
  notices: Pick<Notices, 'tell'>;
  clock: Clock;
  log: Log;
}) {
  const { prisma } = database;

  /** Settles the accounts whose plan has run out: renewed without our knowing, or over, and then they are told. */
  async function renew(): Promise<number> {
    for (let settled = 0, failed = 0; ; ) {
      const due = await prisma.account.findMany({
        where: { entitledUntil: { lte: clock() } },
        select: { id: true, stripeCustomerId: true },
        orderBy: { entitledUntil: 'asc' },
        take: pageSize,
      });
      for (const { id, stripeCustomerId } of due) {
        try {
          await (sells && stripeCustomerId ? sync.sync(stripeCustomerId) : sync.settle(id));
          settled++;
        } catch (error) {
          failed++;
          log.warn(
            { account: id, err: (error as Error).message },
            'an account whose plan ran out waits for the next look',
          );
        }
      }
      if (failed || due.length < pageSize) return settled;
    }
  }

  /** Tells those whose plan ends soon for certain. */
  async function remind(): Promise<number> {
    const now = clock();
    const ending = await database.run<{ id: string; plan: string; ends: Date }>(endingSoon, [
      now,
      new Date(now.getTime() + noticeMs),
    ]);
    for (const { id, plan, ends } of ending)
      await notices.tell({
        accountId: id,
        subject: `plan-ending:${id}:${ends.getTime()}`,
        key: 'plan_ending',
        values: { plan, ends },
      });
    return ending.length + (await greetMonth(now));
  }

  /** On the first days of a month: how many images it has, to those who asked to be told. */
  async function greetMonth(now: Date): Promise<number> {
    if (Number(dayOf(now).slice(8)) > 2) return 0;
    const wanting = await database.run<{ id: string; count: number }>(monthly, [now]);
    for (const { id, count } of wanting)
      await notices.tell({
        accountId: id,
        subject: `month:${id}:${monthOf(now)}`,
        key: 'month_begun',
        values: { count },
      });
    return wanting.length;
  }

  return async function run(): Promise<void> {
    const settled = await renew();
    const told = await remind();
    if (settled || told) log.info({ settled, told }, 'plans that end were looked after');
  };
}

// An end that is certain: it was cancelled for then, or given until then.
const endingSoon = {
  name: 'plans_ending',
  text: `
    SELECT accounts.id, plans.name AS plan, entitled_until AS ends FROM accounts JOIN plans ON slug = entitled_plan_slug
    WHERE entitled_until > $1::timestamptz AND entitled_until <= $2::timestamptz AND (
      EXISTS (SELECT 1 FROM subscriptions WHERE account_id = accounts.id AND ended_at IS NULL AND cancel_at = entitled_until)
      OR EXISTS (SELECT 1 FROM plan_grants WHERE account_id = accounts.id AND ended_at IS NULL AND until = entitled_until))`,
};
const monthly = {
  name: 'month_notices',
  text: `SELECT accounts.id, coalesce(per_month, per_day) AS count FROM accounts ${joinPlan('$1')} WHERE month_notice AND status = 'active'`,
};
