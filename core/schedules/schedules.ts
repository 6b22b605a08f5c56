import type { Log } from '../log.ts';
import type { JobName, Queues } from '../queue/queue.ts';

/** Something done at fixed times. `pattern` is a cron expression in UTC. */
export type Scheduled = { name: JobName; pattern: string; run(): Promise<unknown> };

/**
 * Keeps the calendar: each thing is done in one process at its time. All of them look at what is due and not at the
 * clock that woke them, so that one that is late, missed or made twice changes nothing.
 */
export function createSchedules({
  queues,
  scheduled,
  everyMs,
  log,
}: {
  queues: Pick<Queues, 'consume' | 'schedule'>;
  scheduled: readonly Scheduled[];
  /** How often the calendar is looked at: it lies in Redis, which may be away at the start and emptied later. */
  everyMs: number;
  log: Log;
}) {
  let timer: NodeJS.Timeout | null = null;
  let writing: Promise<void> = Promise.resolve();

  async function write(): Promise<void> {
    for (const { name, pattern } of scheduled) {
      try {
        await queues.schedule(name, pattern);
      } catch (error) {
        log.debug({ err: (error as Error).message, job: name }, 'a job is not on the calendar yet');
      }
    }
  }

  /** Begins to work on what is due, and to keep the calendar written. */
  function start(): void {
    for (const { name, run } of scheduled) queues.consume(name, 1, async () => void (await run()));
    writing = write();
    timer = setInterval(() => {
      writing = writing.then(write);
    }, everyMs);
  }

  async function stop(): Promise<void> {
    if (timer) clearInterval(timer);
    await writing;
  }

  return { start, stop };
}
