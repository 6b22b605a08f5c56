import type { Delivery, Platform } from '@prisma/client';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import type { Log } from '../log.ts';
import type { Queues } from '../queue/queue.ts';
import { createTries, type Tried } from '../queue/tries.ts';
import type { GenerationWithImages } from './read.ts';

/** A result on its way back. */
export type PendingDelivery = Delivery & { generation: GenerationWithImages };

/** What became of an attempt. */
export type DeliveryOutcome = { done: string } | { abandon: string } | { retryAfterMs: number | null; error: string };

type Note = { platform: Platform; via: string | null; lastError: string | null };

/** Waits between attempts, milliseconds; after the last the result stays in the member's gallery. */
const waits = [1_000, 3_000, 10_000, 30_000, 60_000, 300_000, 900_000, 1_800_000];

/** However often a platform names the wait itself, there is an end. */
const mostAttempts = 50;

/** Bringing results back, as a step of its own: however it fails, the generation stands. */
export function createDeliveries({
  database,
  leaseMs,
  queues,
  clock,
  log,
}: {
  database: Database;
  /** How long one attempt may take before another may try. */
  leaseMs: number;
  queues: Queues;
  clock: Clock;
  log: Log;
}) {
  const { prisma } = database;
  const tries = createTries<Note>({
    database,
    table: 'deliveries',
    claimBy: 'id',
    leaseMs,
    waitAfter: (attempts, askedMs) => (attempts > mostAttempts ? undefined : (askedMs ?? waits[attempts - 1])),
    update: ({ id }, moved, { via, lastError }) =>
      prisma.delivery.updateMany({ where: { id, state: 'pending' }, data: { ...moved, via, lastError } }),
    jobOf: ({ id }, { platform }) => ({ name: `deliver-${platform}`, data: { id } }),
    queues,
    clock,
  });

  /** Works on one platform's deliveries; `deliver` says what became of each attempt. */
  function consume(platform: Platform, deliver: (delivery: PendingDelivery) => Promise<DeliveryOutcome>): void {
    queues.consume(`deliver-${platform}`, 10, async ({ id }) => {
      const tried = await tries.claim(id);
      const delivery = tried && (await read(id));
      if (delivery) await record(tried, delivery, await deliver(delivery));
    });
  }

  async function read(id: string): Promise<PendingDelivery | null> {
    return prisma.delivery.findUnique({
      where: { id },
      include: {
        generation: { include: { images: { where: { deletedAt: null, hiddenAt: null }, orderBy: { index: 'asc' } } } },
      },
    });
  }

  async function record(tried: Tried, { generationId, platform }: PendingDelivery, outcome: DeliveryOutcome) {
    if ('done' in outcome) return tries.finish(tried, 'delivered', { platform, via: outcome.done, lastError: null });
    const lastError = ('abandon' in outcome ? outcome.abandon : outcome.error).slice(0, 200);
    const note = { platform, via: null, lastError };
    if ('error' in outcome && (await tries.postpone(tried, outcome.retryAfterMs, note))) return;
    await tries.finish(tried, 'abandoned', { ...note, via: 'gallery' });
    log.warn(
      { generation: generationId, platform, attempts: tried.attempts },
      'a result could not be delivered and waits in the gallery',
    );
  }

  return { consume };
}
