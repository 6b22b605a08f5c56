import { randomUUID } from 'node:crypto';
import type { ClientBase } from 'pg';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { inTransaction } from '../database/transaction.ts';
import { AppError } from '../errors.ts';
import type { Promised } from '../generations/outbox.ts';
import type { Notices } from '../notices/notices.ts';

/** Whom a message is for: members who asked for pictures in a span of time. */
export type Audience = {
  from: Date;
  to: Date;
  /** Of this model alone. */
  model: string | null;
  /** Only those whose requests failed. */
  failedOnly: boolean;
};

/** Platforms take opening many private chats at once for spam: as many members as this, then a pause. */
const membersAtOnce = 25;
const pauseMs = 5_000;

/** Messages of operators to many members: each is told once, whatever is killed meanwhile, and not all at the same time. */
export function createBroadcasts({
  database,
  notices,
  clock,
}: {
  database: Database;
  notices: Pick<Notices, 'enter' | 'publish'>;
  clock: Clock;
}) {
  /** How many members a message would be for. */
  async function count(audience: Audience): Promise<number> {
    const [row] = await database.run<{ members: number }>(countMembers, toValues(audience));
    return row?.members ?? 0;
  }

  /** Begins to tell them. Throws AppError `nothing_to_do` when it would reach nobody. */
  async function send(text: string, audience: Audience): Promise<{ id: string; total: number }> {
    const total = await count(audience);
    if (!total) throw new AppError('nothing_to_do');
    const now = clock();
    const id = randomUUID();
    await database.prisma.broadcast.create({ data: { id, text, ...audience, total, nextAt: now, createdAt: now } });
    return { id, total };
  }

  /** Tells nobody else; false when it was over already. */
  async function cancel(id: string): Promise<boolean> {
    const { count: stopped } = await database.prisma.broadcast.updateMany({
      where: { id, state: 'sending' },
      data: { state: 'cancelled', finishedAt: clock() },
    });
    return stopped > 0;
  }

  /** Tells the next members of whatever is due; to be called every few seconds, by as many processes as like. */
  async function advance(): Promise<void> {
    const promised = await inTransaction(database, advanceOne);
    void notices.publish(promised);
  }

  async function advanceOne(client: ClientBase): Promise<Promised[]> {
    const now = clock();
    const { rows } = await client.query<Row>(takeOne, [now]);
    const [broadcast] = rows;
    if (!broadcast) return [];
    const { id, text, cursor, ...audience } = broadcast;
    const values = [...toValues(audience), cursor, membersAtOnce];
    const members = (await client.query<{ id: string }>(nextMembers, values)).rows;
    const promised: Promised[] = [];
    for (const member of members) {
      const notice = {
        accountId: member.id,
        subject: `broadcast:${id}:${member.id}`,
        key: 'broadcast',
        values: { text },
      } as const;
      promised.push(...(await notices.enter(client, notice)).promised);
    }
    const over = members.length < membersAtOnce;
    const next = [id, members.length, members.at(-1)?.id ?? cursor, new Date(now.getTime() + pauseMs), over, now];
    await client.query(moveOn, next);
    return promised;
  }

  return { count, send, cancel, advance };
}

type Row = { id: string; text: string; cursor: string | null } & Audience;

const toValues = ({ from, to, model, failedOnly }: Audience) => [from, to, model, failedOnly];
const affected = `FROM generations WHERE created_at >= $1::timestamptz AND created_at < $2::timestamptz
  AND ($3::text IS NULL OR model = $3) AND (NOT $4::boolean OR state = 'failed')`;
const countMembers = {
  name: 'broadcast_members',
  text: `SELECT count(DISTINCT account_id)::int AS members ${affected}`,
};
const nextMembers = `SELECT DISTINCT account_id AS id ${affected} AND ($5::uuid IS NULL OR account_id > $5::uuid)
  ORDER BY account_id LIMIT $6::int`;
const takeOne = `
  SELECT id, text, cursor, "from", "to", model, failed_only AS "failedOnly" FROM broadcasts
  WHERE state = 'sending' AND next_at <= $1::timestamptz ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED`;
const moveOn = `
  UPDATE broadcasts SET done = done + $2::int, cursor = $3::uuid, next_at = $4::timestamptz,
    state = CASE WHEN $5::boolean THEN 'sent'::"BroadcastState" ELSE state END, finished_at = CASE WHEN $5::boolean THEN $6::timestamptz END
  WHERE id = $1::uuid`;
