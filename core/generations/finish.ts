import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import type { Events } from '../events.ts';
import type { Outbox, Promised } from './outbox.ts';

/** How a generation ends. `kept` images are committed, the rest of the reservation goes back, top-ups first. */
export type Ending =
  | { state: 'succeeded'; kept: number; costMicros: number }
  | { state: 'failed' | 'moderated'; errorCode: string }
  | { state: 'cancelled' };

export type Finish = ReturnType<typeof createFinish>;

/**
 * Ends a generation in one statement: state, ledger, delivery, webhooks and the promises to deliver
 * and to free the counters. Answers false when somebody else moved it first.
 */
export function createFinish({
  database,
  outbox,
  events,
  clock,
}: {
  database: Database;
  outbox: Outbox;
  events: Events;
  clock: Clock;
}) {
  return async function finish(generation: { id: string; version: number }, ending: Ending): Promise<boolean> {
    const promised = await database.run<Promised & { account: string }>(endStatement, [
      generation.id,
      generation.version,
      ending.state,
      clock(),
      'errorCode' in ending ? ending.errorCode : null,
      ending.state === 'succeeded' ? ending.costMicros : null,
      ending.state === 'succeeded' ? ending.kept : 0,
      randomUUID(),
      `generation.${ending.state}`,
    ]);
    if (!promised.length) return false;
    outbox.publish(promised.map(({ id, topic, payload }) => ({ id, topic, payload }) as Promised));
    await events.publish('generation', { id: generation.id });
    return true;
  };
}

const endStatement = {
  name: 'generation_end',
  text: `
    WITH ended AS (
      UPDATE generations SET state = $3::"GenerationState", version = version + 1, finished_at = $4::timestamptz, error_code = $5,
        cost_micros = $6::int, lease_owner = NULL, lease_until = NULL
      WHERE id = $1 AND version = $2 AND finished_at IS NULL RETURNING id, account_id, count, reply_to, created_at
    ), reserved AS (
      SELECT ended.*, entry.day, entry.top_up, least($7::int, ended.count) AS kept,
        least(entry.top_up, ended.count - least($7::int, ended.count)) AS top_up_back FROM ended
      JOIN quota_entries entry ON entry.generation_id = ended.id AND entry.kind = 'reserve'
    ), committed AS (
      INSERT INTO quota_entries (account_id, generation_id, kind, images, top_up, day, created_at)
      SELECT account_id, id, 'commit', kept, top_up - top_up_back, day, $4::timestamptz FROM reserved WHERE kept > 0
    ), refunded AS (
      INSERT INTO quota_entries (account_id, generation_id, kind, images, top_up, day, created_at)
      SELECT account_id, id, 'refund', count - kept, top_up_back, day, $4::timestamptz FROM reserved WHERE count > kept
    ), delivery AS (
      INSERT INTO deliveries (id, generation_id, platform, next_attempt_at, created_at)
      SELECT $8::uuid, id, (reply_to->>'platform')::"Platform", $4::timestamptz, $4::timestamptz FROM ended WHERE reply_to IS NOT NULL
      ON CONFLICT (generation_id, platform) DO NOTHING RETURNING id, platform
    ), told AS (
      INSERT INTO webhook_deliveries (id, endpoint_id, event_id, type, generation_id, next_attempt_at, created_at)
      SELECT gen_random_uuid(), endpoint.id, 'evt_' || replace(ended.id::text, '-', ''), $9::text, ended.id, $4::timestamptz, $4::timestamptz
      FROM ended JOIN webhook_endpoints endpoint ON endpoint.account_id = ended.account_id
      WHERE endpoint.disabled_at IS NULL AND endpoint.events && ARRAY['*', $9::text]
      FOR KEY SHARE OF endpoint
      RETURNING id, endpoint_id
    )
    INSERT INTO outbox (topic, payload)
    SELECT 'settle', jsonb_build_object('accountId', account_id, 'generationId', id, 'refunded', count - kept, 'topUp', top_up_back, 'day', to_char(day, 'YYYY-MM-DD'), 'at', (extract(epoch FROM created_at) * 1000)::bigint) FROM reserved
    UNION ALL SELECT 'delivery', jsonb_build_object('id', id, 'platform', platform) FROM delivery
    UNION ALL SELECT 'webhook', jsonb_build_object('id', id, 'endpointId', endpoint_id) FROM told
    RETURNING id::text, topic, payload`,
};
