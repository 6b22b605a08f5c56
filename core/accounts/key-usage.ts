import type { Clock } from '../clock.ts';
import { dayOf } from '../clock.ts';
import type { Database } from '../database/database.ts';
import type { Log } from '../log.ts';

/** Counts reach Postgres this long after the first of them. */
const writeAfterMs = 15_000;

/** Counts requests a key and day, and when a key was last used: gathered here, written together now and then. */
export function createKeyUsage({ database, clock, log }: { database: Database; clock: Clock; log: Log }) {
  type Count = { id: string; day: string; requests: number; last: Date };
  let counts = new Map<string, Count>();
  let timer: NodeJS.Timeout | null = null;
  let writing = Promise.resolve();

  /** Counts one request. */
  function note(id: string): void {
    const now = clock();
    add({ id, day: dayOf(now), requests: 1, last: now });
    timer ??= setTimeout(() => void flush(), writeAfterMs).unref();
  }

  /** Writes what was counted so far. Never throws; what could not be written is tried again later. */
  function flush(): Promise<void> {
    if (timer) clearTimeout(timer);
    timer = null;
    const batch = [...counts.values()];
    counts = new Map();
    if (batch.length) writing = writing.then(() => write(batch));
    return writing;
  }

  async function write(batch: Count[]): Promise<void> {
    try {
      await database.run(writeCounts, [
        batch.map(({ id }) => id),
        batch.map(({ day }) => day),
        batch.map(({ requests }) => requests),
        batch.map(({ last }) => last),
      ]);
    } catch (error) {
      log.warn({ err: (error as Error).message }, 'the use of API keys could not be written down; trying again');
      for (const count of batch) add(count);
      timer ??= setTimeout(() => void flush(), writeAfterMs).unref();
    }
  }

  function add({ id, day, requests, last }: Count): void {
    const held = counts.get(`${id} ${day}`);
    if (!held) counts.set(`${id} ${day}`, { id, day, requests, last });
    else {
      held.requests += requests;
      if (last > held.last) held.last = last;
    }
  }

  return { note, flush };
}

// Keys are taken in order, or two processes writing at once could wait for each other for ever; and only those whose
// time is written, since taking hold of a row is itself a write.
const writeCounts = {
  name: 'api_key_use',
  text: `
    WITH counted AS (
      SELECT * FROM unnest($1::uuid[], $2::date[], $3::int[], $4::timestamptz[]) AS t(id, day, requests, last)
    ), latest AS (
      SELECT id, max(last) AS last FROM counted GROUP BY id
    ), kept AS (
      SELECT api_keys.id FROM api_keys JOIN latest USING (id)
      WHERE last_used_at IS NULL OR last_used_at < latest.last - interval '1 minute' ORDER BY id FOR NO KEY UPDATE OF api_keys
    ), used AS (
      UPDATE api_keys SET last_used_at = latest.last FROM kept JOIN latest USING (id) WHERE api_keys.id = kept.id
    )
    INSERT INTO api_key_usage (api_key_id, day, requests)
    SELECT id, day, requests FROM counted WHERE id IN (SELECT id FROM api_keys) ORDER BY id, day
    ON CONFLICT (api_key_id, day) DO UPDATE SET requests = api_key_usage.requests + excluded.requests`,
};
