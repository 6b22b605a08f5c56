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
  log,
}: {
  queues: Pick<Queues, 'schedule'>;
  scheduled: readonly Scheduled[];
  log: Log;
}) {
  /** Begins; while Redis is away the calendar of an earlier start stays in force. */
  function start(): void {
    for (const { name, pattern, run } of scheduled)
      queues
        .schedule(name, pattern, async () => {
          await run();
        })
        .catch((error: Error) => log.warn({ err: error.message, job: name }, 'a job could not be put on the calendar'));
  }

  return { start };
}
