import type { Prisma } from '@prisma/client';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import type { Reach } from '../fetch/public-connection.ts';
import type { Log } from '../log.ts';
import type { Queues } from '../queue/queue.ts';
import { createTries, type Moved, type Tried } from '../queue/tries.ts';
import { createLines, type Turn } from './lines.ts';
import { signMessage } from './message.ts';
import { nothingSent, post, type Sent } from './post.ts';
import type { Retire } from './retire.ts';
import type { Seal } from './sealed-secret.ts';

/** When and for how long is tried; tests bring shorter ones. */
export type WebhookTimings = {
  /** Waits between tries, milliseconds, each made up to a fifth longer or shorter. */
  waitsMs: readonly number[];
  /** How long a receiver may take to answer. */
  timeoutMs: number;
};

const minute = 60_000;
const hour = 60 * minute;

/** Nine tries in a little more than a day. */
export const defaultWebhookTimings: WebhookTimings = {
  waitsMs: [5_000, minute, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour, 10 * hour],
  timeoutMs: 10_000,
};

/** Requests to one endpoint, and to all of them together, that one worker has open at once. */
const atOnce = 4;
const slots = 200;

type Delivery = Prisma.WebhookDeliveryGetPayload<{ include: { endpoint: true } }>;

/** Sends events to endpoints, at least once each, until they are taken or given up. */
export function createDelivering({
  database,
  queues,
  reach,
  seal,
  dataOf,
  retire,
  leaseMs,
  timings,
  clock,
  log,
}: {
  database: Database;
  queues: Queues;
  reach: Reach;
  seal: Seal;
  /** What an event tells; null when what it is about is no longer there. */
  dataOf(delivery: Delivery): Promise<object | null>;
  retire: Retire;
  leaseMs: number;
  timings: WebhookTimings;
  clock: Clock;
  log: Log;
}) {
  const tries = createTries<{ endpointId: string; sent: Sent }>({
    database,
    table: 'webhook_deliveries',
    claimBy: 'endpoint_id',
    leaseMs,
    waitAfter: (attempts, askedMs) => chooseWait(timings.waitsMs[attempts - 1], askedMs),
    update: (tried, moved, { sent }) => writeTry(database, tried, moved, sent, clock()),
    jobOf: (_tried, { endpointId }) => ({ name: 'deliver-webhook', data: { id: endpointId } }),
    queues,
    clock,
  });
  const lines = createLines({ turn, atOnce });

  async function turn(endpointId: string): Promise<Turn> {
    const tried = await tries.claim(endpointId);
    if (!tried) return 'idle';
    const delivery = await database.prisma.webhookDelivery.findUnique({
      where: { id: tried.id },
      include: { endpoint: true },
    });
    if (!delivery) return 'delivered';
    const sent = await attempt(delivery);
    await record(tried, delivery, sent);
    return sent.error === null ? 'delivered' : 'failed';
  }

  async function attempt(delivery: Delivery): Promise<Sent> {
    const { endpoint } = delivery;
    if (endpoint.disabledAt) return nothingSent('endpoint_disabled');
    const data = await dataOf(delivery);
    if (!data) return nothingSent('subject_gone');
    const secrets = seal.open(endpoint.id, endpoint.sealedSecret);
    if (!secrets) return nothingSent('secret_unreadable');
    const { eventId, type, createdAt } = delivery;
    const message = signMessage({ id: eventId, type, timestamp: createdAt, data }, secrets, clock());
    return post(endpoint.url, message, { reach, timeoutMs: timings.timeoutMs });
  }

  async function record(tried: Tried, { id, type, endpoint }: Delivery, sent: Sent): Promise<void> {
    const note = { endpointId: endpoint.id, sent };
    const about = { delivery: id, endpoint: endpoint.id, type, attempt: tried.attempts };
    if (sent.error === null) return tries.finish(tried, 'delivered', note);
    log.debug({ ...about, status: sent.status, error: sent.error }, 'a webhook was not taken');
    if (!isFinal(sent) && (await tries.postpone(tried, sent.retryAfterMs, note))) return;
    await tries.finish(tried, 'abandoned', note);
    log.info({ ...about, status: sent.status, error: sent.error }, 'a webhook was given up');
    if (sent.status === 410) await retire.gone(endpoint);
    else if (!endpoint.disabledAt) await retire.ifDead(endpoint);
  }

  return {
    start: () => queues.consume('deliver-webhook', slots, ({ id }) => lines.ring(id)),
    stop: lines.stop,
  };
}

/** Another try could not end otherwise. */
function isFinal({ status, error }: Sent): boolean {
  return status === 410 || error === 'endpoint_disabled' || error === 'subject_gone' || error === 'secret_unreadable';
}

/** A receiver may ask for more patience, not for more tries. Many that failed together should not come back together. */
function chooseWait(usual: number | undefined, askedMs: number | null): number | undefined {
  return usual === undefined ? undefined : Math.max(usual * (0.8 + 0.4 * Math.random()), askedMs ?? 0);
}

/** The row and the line of its history in one statement; a replay may have moved the row already. */
async function writeTry(database: Database, { id }: Tried, moved: Moved, sent: Sent, now: Date): Promise<void> {
  const ended = 'state' in moved;
  await database.run(tryStatement, [
    id,
    ended ? moved.state : 'pending',
    ended ? moved.finishedAt : null,
    ended ? null : moved.nextAttemptAt,
    sent.status,
    sent.error,
    sent.durationMs,
    now,
  ]);
}

const tryStatement = {
  name: 'webhook_try',
  text: `
    WITH moved AS (
      UPDATE webhook_deliveries SET state = $2::"DeliveryState", finished_at = $3::timestamptz,
        next_attempt_at = coalesce($4::timestamptz, next_attempt_at)
      WHERE id = $1 AND state = 'pending'
    )
    INSERT INTO webhook_attempts (delivery_id, status, error, duration_ms, created_at)
    SELECT id, $5::int, $6, $7::int, $8::timestamptz FROM webhook_deliveries WHERE id = $1`,
};
