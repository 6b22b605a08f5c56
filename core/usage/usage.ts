import type { Reads, Span } from './figures.ts';
import { failuresByCause, midnight, usageByMember, usageByModel } from './statements.ts';

export type Day = {
  /** `2026-11-21`, UTC */
  day: string;
  requested: number;
  succeeded: number;
  failed: number;
  images: number;
  /** Who asked for something on that day. */
  members: number;
  newMembers: number;
  /** What providers took, millionths of a US dollar. */
  costMicros: number;
};
export type ModelUsage = {
  provider: string;
  model: string;
  requested: number;
  succeeded: number;
  failed: number;
  images: number;
  costMicros: number;
};
export type MemberUsage = { id: string; email: string; requested: number; images: number; costMicros: number };

const most = 10;

/** What was asked for and made, by day, model, member and cause of failure. Every day of the span is there. */
export async function readUsage({ database }: Reads, { from, to, liveFrom }: Span) {
  const span = [from, liveFrom];
  const [days, members, joined, models, failures, top] = await Promise.all([
    database.run<Omit<Day, 'members' | 'newMembers'>>(byDay, span),
    database.run<{ day: string; members: number }>(membersByDay, span),
    database.run<{ day: string; members: number }>(joinedByDay, [from]),
    database.run<ModelUsage>(byModel, span),
    database.run<{ cause: string; failed: number }>(byCause, span),
    database.run<MemberUsage>(topMembers, span),
  ]);
  const find = <Row extends { day: string }>(rows: Row[], day: string) => rows.find((row) => row.day === day);
  return {
    days: listDays(from, to).map(
      (day): Day => ({
        ...{ requested: 0, succeeded: 0, failed: 0, images: 0, costMicros: 0 },
        ...find(days, day),
        ...{ day, members: find(members, day)?.members ?? 0, newMembers: find(joined, day)?.members ?? 0 },
      }),
    ),
    models,
    failures,
    members: top,
  };
}

function listDays(from: string, to: string): string[] {
  const days: string[] = [];
  for (let at = Date.parse(from); at <= Date.parse(to); at += 86_400_000)
    days.push(new Date(at).toISOString().slice(0, 10));
  return days;
}

const live = midnight('$2::date');
const rolled = 'day >= $1::date AND day < $2::date';
const models = `(SELECT day, provider, model, requested, succeeded, failed, images, cost_micros FROM usage_days
  WHERE ${rolled} UNION ALL ${usageByModel(live)}) AS usage`;
const sums = `sum(requested)::int AS requested, sum(succeeded)::int AS succeeded, sum(failed)::int AS failed,
  sum(images)::int AS images, sum(cost_micros)::float8 AS "costMicros"`;

const byDay = { name: 'figures_days', text: `SELECT day::text, ${sums} FROM ${models} GROUP BY day` };
const byModel = {
  name: 'figures_models',
  text: `SELECT provider, model, ${sums} FROM ${models} GROUP BY provider, model ORDER BY requested DESC, model`,
};

const membersByDay = {
  name: 'figures_members',
  text: `
    SELECT day::text, count(*)::int AS members FROM usage_member_days
    WHERE ${rolled} AND requested > 0 GROUP BY day
    UNION ALL SELECT (created_at AT TIME ZONE 'UTC')::date::text, count(DISTINCT account_id)::int FROM generations
    WHERE created_at >= ${live} GROUP BY 1`,
};

const joinedByDay = {
  name: 'figures_joined',
  text: `SELECT (created_at AT TIME ZONE 'UTC')::date::text AS day, count(*)::int AS members FROM accounts
    WHERE created_at >= ${midnight('$1::date')} GROUP BY 1`,
};

const byCause = {
  name: 'figures_failures',
  text: `SELECT cause, sum(failed)::int AS failed FROM (
      SELECT day, provider, model, cause, failed FROM usage_failure_days WHERE ${rolled} UNION ALL ${failuresByCause(live)}
    ) AS failures GROUP BY cause ORDER BY failed DESC, cause`,
};

const topMembers = {
  name: 'figures_top_members',
  text: `
    WITH used AS (
      SELECT account_id, sum(requested)::int AS requested, sum(images)::int AS images, sum(cost_micros)::float8 AS cost
      FROM (SELECT day, account_id, requested, images, cost_micros FROM usage_member_days WHERE ${rolled}
        UNION ALL ${usageByMember(live)}) AS usage
      GROUP BY account_id ORDER BY images DESC, requested DESC, account_id LIMIT ${most}
    )
    SELECT id, email, requested, images, cost AS "costMicros" FROM used JOIN accounts ON id = account_id
    ORDER BY images DESC, requested DESC, id`,
};
