import { createBatch } from '../batch.ts';
import type { Database } from '../database/database.ts';
import type { ImageStore } from '../images/store.ts';
import type { Log } from '../log.ts';
import type { NewJob, Queues } from '../queue/queue.ts';
import type { Quotas } from '../quotas/quotas.ts';

/** What a committed change promised, as the outbox keeps it. */
export type Promised =
  | { id: string; topic: 'generation'; payload: { id: string; priority: number; version?: number; delayMs?: number } }
  | { id: string; topic: 'delivery'; payload: { id: string; platform: 'discord' | 'telegram' | 'web' } }
  | { id: string; topic: 'notice'; payload: { id: string; platform: 'discord' | 'telegram' | 'web' } }
  | { id: string; topic: 'inbox'; payload: { id: string } }
  | { id: string; topic: 'webhook'; payload: { id: string; endpointId: string } }
  | {
      id: string;
      topic: 'settle';
      payload: { accountId: string; generationId: string; refunded: number; topUp: number; day: string; at: number };
    }
  | { id: string; topic: 'rebuild'; payload: { accountId: string } }
  | { id: string; topic: 'files'; payload: { keys: string[] } };

export type Outbox = ReturnType<typeof createOutbox>;

/** Whoever was accepted has their answer; together the hand-over costs half as much. Below a thousand a second it waits for nothing. */
const gatherMs = 100;

/**
 * Hands promises to the queue and forgets them. Called right after the change is committed; what is
 * lost by a crash or an absent Redis is found by `sweep`. Every promise may be kept twice.
 */
export function createOutbox({
  database,
  queues,
  quotas,
  store,
  log,
}: {
  database: Database;
  queues: Queues;
  quotas: Quotas;
  store: Pick<ImageStore, 'delete'>;
  log: Log;
}) {
  const keep = createBatch<Promised, void>(
    async (promised) => {
      await queues.add(promised.flatMap(toJobs));
      for (const each of promised) {
        if (each.topic === 'settle') await quotas.settle(each.payload);
        if (each.topic === 'rebuild') await quotas.refresh(each.payload.accountId);
      }
      await database.run(forget, [
        promised.map(({ id }) => id),
        promised.flatMap((each) => (each.topic === 'generation' ? [each.payload.id] : [])),
      ]);
      return promised.map(() => undefined);
    },
    { largest: 500, parallel: 1, mostMs: gatherMs },
  );

  /** Apart from the others, which must not wait for it. */
  async function removeFiles(id: string, keys: readonly string[]): Promise<void> {
    for (const key of keys) await store.delete(key);
    await database.run(forget, [[id], []]);
  }

  const keepOne = (promised: Promised) =>
    promised.topic === 'files' ? removeFiles(promised.id, promised.payload.keys) : keep(promised);

  /** Keeps promises soon; answers when each was tried, for those who want to wait. Never throws. */
  async function publish(promised: readonly Promised[]): Promise<void> {
    const tried = promised.map((each) =>
      keepOne(each).catch((error: Error) =>
        log.debug({ err: error.message, topic: each.topic }, 'a promise waits in the outbox'),
      ),
    );
    await Promise.all(tried);
  }

  /** Keeps what has waited longer than `olderThanMs`; answers how many. */
  async function sweep(olderThanMs: number): Promise<number> {
    const rows = await database.run<Promised>(waiting, [olderThanMs]);
    await Promise.all(rows.map((row) => keepOne(row)));
    return rows.length;
  }

  /** Puts a generation back into the queue after a while, by a promise that survives us. */
  async function requeue(
    { id, priority, version }: { id: string; priority: number; version: number },
    delayMs: number,
  ): Promise<void> {
    const payload = { id, priority, version, delayMs };
    const [row] = await database.run<{ id: string }>(promise, ['generation', JSON.stringify(payload)]);
    if (row) publish([{ id: row.id, topic: 'generation', payload }]);
  }

  return { publish, sweep, requeue };
}

function toJobs(promised: Promised): NewJob[] {
  switch (promised.topic) {
    case 'generation': {
      const { id, priority, version = 0, delayMs } = promised.payload;
      return [{ name: 'generation', data: { id }, key: `${id}-${version}`, priority, ...(delayMs ? { delayMs } : {}) }];
    }
    case 'delivery':
      return [
        { name: `deliver-${promised.payload.platform}`, data: { id: promised.payload.id }, key: promised.payload.id },
      ];
    case 'notice':
      return [
        { name: `notice-${promised.payload.platform}`, data: { id: promised.payload.id }, key: promised.payload.id },
      ];
    case 'inbox':
      // A replay is a promise of its own.
      return [{ name: 'inbox', data: promised.payload, key: `${promised.payload.id}-${promised.id}` }];
    case 'webhook': {
      // A replay is a promise of its own.
      const { id, endpointId } = promised.payload;
      return [{ name: 'deliver-webhook', data: { id: endpointId }, key: `${id}-${promised.id}` }];
    }
    case 'settle':
    case 'rebuild':
    case 'files':
      return [];
  }
}

// Nobody waits for the disk: what a crash of Postgres forgets again is only kept twice.
const forget = {
  name: 'outbox_forget',
  text: `
    WITH hasty AS (
      SELECT set_config('synchronous_commit', 'off', true)
    ), moved AS (
      UPDATE generations SET state = 'queued', version = version + 1 WHERE id = ANY($2::uuid[]) AND state = 'accepted'
    )
    DELETE FROM outbox USING hasty WHERE id = ANY($1::bigint[])`,
};
const promise = {
  name: 'outbox_promise',
  text: 'INSERT INTO outbox (topic, payload) VALUES ($1, $2::jsonb) RETURNING id::text',
};
const waiting = {
  name: 'outbox_waiting',
  text: `SELECT id::text, topic, payload FROM outbox WHERE created_at < now() - $1::int * interval '1 millisecond' ORDER BY id LIMIT 1000`,
};
