import { Queue, type RedisOptions, Worker } from 'bullmq';
import { z } from 'zod';
import type { Log } from '../log.ts';
import { producerOptions, reconnectDelay } from '../redis.ts';
import { within } from '../within.ts';

/** What can be queued, and what each job carries: ids, never prompts or secrets. */
export const jobs = {
  generation: z.object({ id: z.uuid() }),
  'deliver-discord': z.object({ id: z.uuid() }),
  'deliver-telegram': z.object({ id: z.uuid() }),
  'deliver-web': z.object({ id: z.uuid() }),
  'notice-discord': z.object({ id: z.uuid() }),
  'notice-telegram': z.object({ id: z.uuid() }),
  'notice-web': z.object({ id: z.uuid() }),
  /** An event of an outside service. */
  inbox: z.object({ id: z.uuid() }),
  /** What the clock asks for. */
  reconcile: z.object({}),
  renewals: z.object({}),
  usage: z.object({}),
  /** Names an endpoint that something is due for. */
  'deliver-webhook': z.object({ id: z.uuid() }),
} as const;

export type JobName = keyof typeof jobs;
export type NewJob<N extends JobName = JobName> = {
  name: N;
  data: z.infer<(typeof jobs)[N]>;
  /** A job added again under the same id while the first is there is ignored. */
  key: string;
  /** Lower leaves the queue first; absent means at once, before all others. */
  priority?: number;
  delayMs?: number;
};

export type Queues = ReturnType<typeof createQueues>;

/** A queue of bullmq's, of which nobody else needs to know more. */
export type BoardQueue = { readonly name: string; readonly opaque: unique symbol };

const firstConnectionMs = 500;
const farewellMs = 2_000;
/** A calendar entry whose time is so long past has lost its job. */
const overdueMs = 5 * 60_000;

/** The only importer of bullmq. */
export function createQueues({ url, log }: { url: string; log: Log }) {
  const queues = new Map<JobName, Queue>();
  const workers: Worker[] = [];
  const inHand = new Set<Promise<void>>();
  let leaving = false;
  const retryStrategy = (attempt: number) => (leaving ? null : reconnectDelay(attempt));

  function queue(name: JobName): Queue {
    let found = queues.get(name);
    if (!found) {
      found = new Queue(name, { prefix: 'easel', connection: connection(url, { ...producerOptions, retryStrategy }) });
      found.on('error', (error) => log.debug({ err: error.message, queue: name }, 'the queue lost Redis'));
      queues.set(name, found);
    }
    return found;
  }

  /** Adds jobs in one round trip a queue. Throws at once while Redis is away; the outbox keeps what was promised. */
  async function add(added: readonly NewJob[]): Promise<void> {
    const names = new Set(added.map((job) => job.name));
    for (const name of names) {
      const mine = added.filter((job) => job.name === name);
      // Once it was connected BullMQ fails at once by itself; before, it would wait for Redis without end.
      await within(firstConnectionMs, queue(name).waitUntilReady(), 'Redis cannot be reached');
      await queue(name).addBulk(
        mine.map(({ data, key, priority, delayMs }) => ({
          name,
          data,
          opts: {
            jobId: key,
            removeOnComplete: true,
            removeOnFail: true,
            ...(priority === undefined ? {} : { priority }),
            ...(delayMs === undefined ? {} : { delay: Math.ceil(delayMs) }),
          },
        })),
      );
    }
  }

  /**
   * Puts a job on the calendar, once however many processes ask for it, unless it stands there already. What runs late or
   * twice must not matter. Throws while Redis is away.
   * @param pattern a cron expression, UTC
   */
  async function schedule(name: JobName, pattern: string): Promise<void> {
    await within(firstConnectionMs, queue(name).waitUntilReady(), 'Redis cannot be reached');
    const known = await queue(name).getJobScheduler(name);
    // Setting it anew would drop a run that is due at this moment.
    if (known?.pattern === pattern && (known.next ?? 0) > Date.now() - overdueMs) return;
    const template = { name, data: {}, opts: { removeOnComplete: true, removeOnFail: true } };
    await queue(name).upsertJobScheduler(name, { pattern, tz: 'UTC' }, template);
  }

  /**
   * Works on a queue until closed. A handler may run twice for the same job (its own rows decide);
   * what it throws is logged, and the sweep finds what is left undone.
   */
  function consume<N extends JobName>(
    name: N,
    concurrency: number,
    handle: (data: z.infer<(typeof jobs)[N]>) => Promise<void>,
  ): void {
    const worker = new Worker(
      name,
      async (job) => {
        const work = handle(jobs[name].parse(job.data) as z.infer<(typeof jobs)[N]>);
        inHand.add(work);
        await work.finally(() => inHand.delete(work));
      },
      {
        prefix: 'easel',
        concurrency,
        connection: connection(url, { maxRetriesPerRequest: null, retryStrategy }),
      },
    );
    worker.on('error', (error) => log.debug({ err: error.message, queue: name }, 'the worker lost Redis'));
    worker.on('failed', (job, error) =>
      log.error({ err: error, queue: name, job: job?.id }, 'a job failed; the sweep takes it up again'),
    );
    workers.push(worker);
  }

  /**
   * All queues as bull-board's adapter takes them, in the order of the catalogue, once Redis answers. Rejects while it
   * is away.
   */
  async function forBoard(): Promise<readonly BoardQueue[]> {
    const all = (Object.keys(jobs) as JobName[]).map(queue);
    const ready = Promise.all(all.map((each) => each.getJobCounts('active')));
    await within(firstConnectionMs * 2, ready, 'Redis cannot be reached');
    return all as readonly unknown[] as readonly BoardQueue[];
  }

  /** Stops taking jobs, waits for those in hand, closes the connections; does not wait for a Redis that is away. */
  async function close(): Promise<void> {
    const closing = workers.map((worker) => worker.close());
    await Promise.allSettled(inHand);
    // Farewells are kept for a Redis that is away until it is back: nobody connects again, nobody waits longer.
    leaving = true;
    const farewell = Promise.allSettled([...closing, ...[...queues.values()].map((each) => each.close())]);
    await within(farewellMs, farewell, 'Redis is away').catch(() =>
      log.warn('Redis was away when the queues were closed'),
    );
  }

  return { add, consume, schedule, forBoard, close };
}

function connection(url: string, options: RedisOptions): RedisOptions {
  const address = new URL(url);
  return {
    host: address.hostname,
    port: Number(address.port || 6379),
    ...(address.username ? { username: decodeURIComponent(address.username) } : {}),
    ...(address.password ? { password: decodeURIComponent(address.password) } : {}),
    db: Number(address.pathname.slice(1) || 0),
    ...(address.protocol === 'rediss:' ? { tls: {} } : {}),
    ...options,
  };
}
