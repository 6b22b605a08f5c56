import type { Reads } from './figures.ts';

export type Waiting = {
  /** Requests that wait for their turn, and that are being made. */
  waiting: number;
  running: number;
  /** How long the first in the queue has waited, null when none waits. */
  oldestWaitSeconds: number | null;
  /** How long a request of the last hour waited in the middle, null when none began. */
  usualWaitSeconds: number | null;
};
export type ServerUsage = { id: string; name: string; platform: string; requests: number; lastUsedAt: Date };

const hourMs = 3_600_000;

/** How things stand at this moment. */
export async function readStanding({ database }: Reads, now: Date) {
  const [[queue], [usual], servers] = await Promise.all([
    database.run<Omit<Waiting, 'usualWaitSeconds'>>(readQueue, [now]),
    database.run<{ seconds: number | null }>(readUsualWait, [new Date(now.getTime() - hourMs)]),
    database.run<ServerUsage>(readServers, []),
  ]);
  const queued: Waiting = {
    ...{ waiting: 0, running: 0, oldestWaitSeconds: null },
    ...queue,
    usualWaitSeconds: usual?.seconds ?? null,
    // Clocks of several machines differ by a little.
    oldestWaitSeconds: queue?.oldestWaitSeconds == null ? null : Math.max(0, queue.oldestWaitSeconds),
  };
  return { queue: queued, servers };
}

const readQueue = {
  name: 'figures_queue',
  text: `
    SELECT count(*) FILTER (WHERE state IN ('accepted', 'queued'))::int AS waiting,
      count(*) FILTER (WHERE state NOT IN ('accepted', 'queued'))::int AS running,
      extract(epoch FROM $1::timestamptz - min(created_at) FILTER (WHERE state IN ('accepted', 'queued')))::float8
        AS "oldestWaitSeconds"
    FROM generations WHERE finished_at IS NULL`,
};

const readUsualWait = {
  name: 'figures_wait',
  text: `
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM submitted_at - created_at))::float8 AS seconds
    FROM generations WHERE created_at >= $1 AND submitted_at IS NOT NULL`,
};

const readServers = {
  name: 'figures_servers',
  text: `SELECT id, name, platform, requests, last_used_at AS "lastUsedAt" FROM chat_servers
    ORDER BY requests DESC, id LIMIT 10`,
};
