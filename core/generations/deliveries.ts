import type { Delivery, Platform } from '@prisma/client';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import type { Log } from '../log.ts';
import type { Queues } from '../queue/queue.ts';
import type { GenerationWithImages } from './read.ts';

/** A result on its way back. */
export type PendingDelivery = Delivery & { generation: GenerationWithImages };

/** What became of an attempt. */
export type DeliveryOutcome = { done: string } | { abandon: string } | { retryAfterMs: number | null; error: string };

/** Waits between attempts, milliseconds; after the last the result stays in the member's gallery. */
const waits = [1_000, 3_000, 10_000, 30_000, 60_000, 300_000, 900_000, 1_800_000];

export type Deliveries = ReturnType<typeof createDeliveries>;

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

  /** Works on one platform's deliveries; `deliver` says what became of each attempt. */
  function consume(platform: Platform, deliver: (delivery: PendingDelivery) => Promise<DeliveryOutcome>): void {
    queues.consume(`deliver-${platform}`, 10, async ({ id }) => {
      const delivery = await claim(id);
      if (!delivery) return;
      await record(delivery, await deliver(delivery));
    });
  }

  /** Takes an attempt for itself: whoever comes next finds it not due for a while. */
  async function claim(id: string): Promise<PendingDelivery | null> {
    const now = clock();
    const claimed = await prisma.delivery.updateMany({
      where: { id, state: 'pending', nextAttemptAt: { lte: now } },
      data: { attempts: { increment: 1 }, nextAttemptAt: new Date(now.getTime() + leaseMs) },
    });
    if (!claimed.count) return null;
    return prisma.delivery.findUnique({
      where: { id },
      include: { generation: { include: { images: { where: { deletedAt: null }, orderBy: { index: 'asc' } } } } },
    });
  }

  async function record(delivery: PendingDelivery, outcome: DeliveryOutcome): Promise<void> {
    const { id, generationId, platform } = delivery;
    if ('done' in outcome) {
      await prisma.delivery.update({
        where: { id },
        data: { state: 'delivered', via: outcome.done, finishedAt: clock(), lastError: null },
      });
      return;
    }
    const wait = 'retryAfterMs' in outcome ? (outcome.retryAfterMs ?? waits[delivery.attempts - 1]) : undefined;
    if (wait === undefined || delivery.attempts > 50) {
      const error = 'abandon' in outcome ? outcome.abandon : 'error' in outcome ? outcome.error : '';
      await prisma.delivery.update({
        where: { id },
        data: { state: 'abandoned', via: 'gallery', finishedAt: clock(), lastError: error.slice(0, 200) },
      });
      log.warn(
        { generation: generationId, platform, attempts: delivery.attempts },
        'a result could not be delivered and waits in the gallery',
      );
      return;
    }
    await prisma.delivery.update({
      where: { id },
      data: {
        nextAttemptAt: new Date(clock().getTime() + wait),
        lastError: 'error' in outcome ? outcome.error.slice(0, 200) : null,
      },
    });
    await queues.add([{ name: `deliver-${platform}`, data: { id }, key: `${id}-${delivery.attempts}`, delayMs: wait }]);
  }

  return { consume };
}
