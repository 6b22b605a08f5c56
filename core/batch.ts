import { setTimeout as pause } from 'node:timers/promises';

/**
 * Gathers single calls into batches: while one batch is on its way the next one fills, so an idle
 * system waits for nothing and a busy one does many at once.
 * `run` answers in the order of its input. When a batch fails, each entry is tried alone, so that one
 * bad entry does not spoil the others.
 * @param limits.largest entries of a batch
 * @param limits.parallel batches on their way at once
 * @param limits.mostMs a batch's place is taken for a millisecond an entry, up to so many: where much comes, fewer and larger
 *   batches of what nobody waits for
 */
export function createBatch<In, Out>(
  run: (entries: In[]) => Promise<Out[]>,
  { largest, parallel, mostMs = 0 }: { largest: number; parallel: number; mostMs?: number },
) {
  type Waiting = { entry: In; resolve(out: Out): void; reject(error: unknown): void };
  let waiting: Waiting[] = [];
  let running = 0;

  function next(): void {
    while (running < parallel && waiting.length) {
      const batch = waiting.slice(0, largest);
      waiting = waiting.slice(largest);
      running++;
      const least = Math.min(batch.length, mostMs);
      void Promise.all([perform(batch), least && pause(least)]).finally(() => {
        running--;
        next();
      });
    }
  }

  async function perform(batch: Waiting[]): Promise<void> {
    const answer = await settle(batch);
    // Not before the next one is on its way, which would wait for all that the callers do now.
    setImmediate(answer);
  }

  /** Answers what tells the callers how it went. */
  async function settle(batch: Waiting[]): Promise<() => void> {
    try {
      const results = await run(batch.map(({ entry }) => entry));
      return () => {
        for (const [index, { resolve }] of batch.entries()) resolve(results[index] as Out);
      };
    } catch (error) {
      if (batch.length === 1) return () => batch[0]?.reject(error);
      const answers = await Promise.all(batch.map((one) => settle([one])));
      return () => {
        for (const answer of answers) answer();
      };
    }
  }

  return (entry: In): Promise<Out> =>
    new Promise((resolve, reject) => {
      waiting.push({ entry, resolve, reject });
      // Not at once: what arrives in the same turn of the event loop goes together.
      if (waiting.length === 1) setImmediate(next);
    });
}
