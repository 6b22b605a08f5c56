import { randomUUID } from 'node:crypto';
import type { InboxEvent } from '@prisma/client';
import { createBatch } from '../batch.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { AppError } from '../errors.ts';
import type { Outbox, Promised } from '../generations/outbox.ts';
import type { Log } from '../log.ts';
import type { Queues } from '../queue/queue.ts';
import { createTries, type Tried } from '../queue/tries.ts';
import type { PaymentEvent, Payments } from './payments.ts';
import type { Sync } from './sync.ts';

const provider = 'stripe';
const minute = 60_000;
const hour = 60 * minute;
/** Waits between tries, milliseconds: about two days, and the hourly comparison mends what is given up. */
const waits = [2_000, 10_000, minute, 5 * minute, 30 * minute, 2 * hour, 6 * hour, 12 * hour, 24 * hour];

type End = 'done' | 'ignored' | 'failed';
type Note = { reason: string | null };

export type Inbox = ReturnType<typeof createInbox>;

/**
 * Events of the payment service: written once each and answered at once, worked on afterwards. An event is only news
 * that something changed; what is true now is fetched, once for all news of a customer that wait for it.
 */
export function createInbox({
  database,
  payments,
  sync,
  queues,
  outbox,
  leaseMs,
  clock,
  log,
}: {
  database: Database;
  payments: Payments;
  sync: Sync;
  queues: Queues;
  outbox: Outbox;
  leaseMs: number;
  clock: Clock;
  log: Log;
}) {
  const { prisma } = database;
  const tries = createTries<Note, End>({
    database,
    table: 'inbox_events',
    claimBy: 'id',
    leaseMs,
    waitAfter: (attempts) => waits[attempts - 1],
    update: ({ id }, moved, { reason }) =>
      prisma.inboxEvent.updateMany({ where: { id, state: 'pending' }, data: { ...moved, reason } }),
    jobOf: ({ id }) => ({ name: 'inbox', data: { id } }),
    queues,
    clock,
  });

  // Stripe sends a payment's dozen events at once: they share a commit.
  const take = createBatch<PaymentEvent, void>(
    async (events) => {
      await enter(events);
      return events.map(() => undefined);
    },
    { largest: 200, parallel: 2 },
  );

  /** Takes an event in, as it was posted. Throws AppError `event_refused` for whatever did not come from there. */
  async function receive(rawBody: Buffer, signature: string): Promise<void> {
    let event: PaymentEvent;
    try {
      event = payments.readEvent(rawBody, signature);
    } catch (error) {
      if (error instanceof AppError)
        log.warn({ reason: error.values.reason }, 'an event that claims to be from Stripe was refused');
      throw error;
    }
    await take(event);
  }

  /** Writes events that were not seen before and promises to work on them; answers how many were new. */
  async function enter(events: readonly PaymentEvent[]): Promise<number> {
    const promised = await database.run<Promised>(enterStatement, [
      events.map(() => randomUUID()),
      events.map(({ id }) => id),
      events.map(({ type }) => type.slice(0, 100)),
      events.map(({ customerId }) => customerId),
      events.map(({ occurredAt }) => occurredAt),
      clock(),
    ]);
    void outbox.publish(promised);
    return promised.length;
  }

  async function work(id: string): Promise<void> {
    const tried = await tries.claim(id);
    const event = tried && (await prisma.inboxEvent.findUnique({ where: { id } }));
    if (event) await workOn(tried, event);
  }

  async function workOn(
    tried: Tried,
    event: Pick<InboxEvent, 'id' | 'eventId' | 'customerId' | 'nextAttemptAt'>,
  ): Promise<void> {
    try {
      const customerId = event.customerId ?? (await payments.findCustomerOf(event.eventId));
      if (!customerId) return await tries.finish(tried, 'ignored', { reason: 'it is about no customer' });
      if (!event.customerId) await prisma.inboxEvent.update({ where: { id: event.id }, data: { customerId } });
      // What came in before the truth is fetched is settled with it.
      const known = [event, ...(await findWaiting(customerId))];
      const synced = await sync.sync(customerId);
      const [state, reason] =
        synced.outcome === 'unknown'
          ? (['ignored', 'no account has this customer'] as const)
          : (['done', synced.unknown.join('; ').slice(0, 200) || null] as const);
      await endKnown(known, { state, reason });
    } catch (error) {
      const reason = (error instanceof AppError ? error.code : String(error)).slice(0, 200);
      if (await tries.postpone(tried, null, { reason })) return;
      await tries.finish(tried, 'failed', { reason });
      log.error(
        { event: event.eventId, reason },
        'an event of Stripe was given up; the next comparison mends what it was about',
      );
    }
  }

  type Known = Pick<InboxEvent, 'id' | 'nextAttemptAt'>;

  function findWaiting(customerId: string): Promise<Known[]> {
    const where = { customerId, state: 'pending' } as const;
    return prisma.inboxEvent.findMany({ where, select: { id: true, nextAttemptAt: true }, take: 1_000 });
  }

  /** But for those that somebody has taken in hand or replayed since: these are settled anew. */
  async function endKnown(known: readonly Known[], { state, reason }: { state: End; reason: string | null }) {
    const [ids, dueAt] = [known.map(({ id }) => id), known.map(({ nextAttemptAt }) => nextAttemptAt)];
    await database.run(endStatement, [ids, dueAt, state, reason, clock()]);
  }

  /** Works on an event once more, as it was new. Throws AppError `not_found`. */
  async function replay(id: string): Promise<void> {
    const [promised] = await database.run<Promised>(replayStatement, [id, clock()]);
    if (!promised) throw new AppError('not_found');
    await outbox.publish([promised]);
  }

  function start(): void {
    queues.consume('inbox', 5, ({ id }) => work(id));
  }

  return { receive, enter, replay, start };
}

const promise = `INSERT INTO outbox (topic, payload) SELECT 'inbox', jsonb_build_object('id', id)`;
const enterStatement = {
  name: 'inbox_enter',
  text: `
    WITH made AS (
      INSERT INTO inbox_events (id, provider, event_id, type, customer_id, occurred_at, next_attempt_at, created_at)
      SELECT *, $6::timestamptz, $6::timestamptz FROM (
        SELECT id, '${provider}', event_id, type, customer_id, occurred_at
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[]) AS t(id, event_id, type, customer_id, occurred_at)
      ) AS given ON CONFLICT (provider, event_id) DO NOTHING RETURNING id)
    ${promise} FROM made RETURNING id::text, topic, payload`,
};
const endStatement = {
  name: 'inbox_end',
  text: `
    UPDATE inbox_events SET state = $3::"InboxState", reason = $4, finished_at = $5::timestamptz
    FROM unnest($1::uuid[], $2::timestamptz[]) AS known(id, due_at)
    WHERE inbox_events.id = known.id AND state = 'pending' AND next_attempt_at = due_at`,
};
const replayStatement = {
  name: 'inbox_replay',
  text: `
    WITH again AS (
      UPDATE inbox_events SET state = 'pending', finished_at = NULL, attempts = 0, reason = NULL, next_attempt_at = $2::timestamptz
      WHERE id = $1::uuid RETURNING id)
    ${promise} FROM again RETURNING id::text, topic, payload`,
};
