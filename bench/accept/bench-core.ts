import path from 'node:path';
import { Queue } from 'bullmq';
import { createCore, createLog, readSettings } from '../../core/index.ts';

/** Where the core of the benchmarks keeps its files. */
export const coreDirectory = path.join(import.meta.dirname, '../../build/bench/core');

/** A core over servers that are there already, and a view of what it has put into Postgres and the queue. */
export async function openBenchCore({ databaseUrl, redisUrl }: { databaseUrl: string; redisUrl: string }) {
  const settings = readSettings({ DATA_DIR: coreDirectory, LOG_LEVEL: 'warn', PORT: '0' });
  const core = await createCore({ settings, databaseUrl, redisUrl, log: createLog(settings) });
  const { hostname, port, password } = new URL(redisUrl);
  const queue = new Queue('generation', {
    prefix: 'easel',
    connection: { host: hostname, port: Number(port), password },
  });

  async function isOutboxEmpty(): Promise<boolean> {
    // By the index, which skips what was deleted: a look at the whole table would be measured too.
    const { rows } = await core.database.pool.query('SELECT 1 FROM outbox ORDER BY id LIMIT 1');
    return rows.length === 0;
  }

  async function countHeld() {
    const { rows } = await core.database.pool.query<{ generations: number; ledger: number; requests: number }>(`
      SELECT (SELECT count(*)::int FROM generations WHERE state = 'queued') AS generations,
        (SELECT count(*)::int FROM quota_entries WHERE kind = 'reserve') AS ledger,
        (SELECT count(DISTINCT request_id)::int FROM generations) AS requests`);
    const [{ generations, ledger, requests }] = rows as [(typeof rows)[number]];
    return { generations, ledger, requests, jobs: await queue.getJobCountByTypes('waiting', 'prioritized') };
  }

  return { core, isOutboxEmpty, countHeld };
}
