import { randomUUID } from 'node:crypto';
import { Prisma, type WebhookAttempt, type WebhookDelivery } from '@prisma/client';
import type { Clock } from '../clock.ts';
import { type Page, readCursor, toPage } from '../cursor.ts';
import { selectColumns } from '../database/columns.ts';
import type { Database } from '../database/database.ts';
import { AppError } from '../errors.ts';
import type { Outbox, Promised } from '../generations/outbox.ts';
import type { Endpoint, Endpoints } from './endpoints.ts';
import { pingEvent } from './events.ts';

type Attempt = Pick<WebhookAttempt, 'status' | 'error' | 'durationMs' | 'createdAt'>;
export type DeliveryWithAttempts = WebhookDelivery & { log: Attempt[] };

/** What was sent to an endpoint, and sending again. All within one account: another's is `not_found`. */
export function createHistory({
  database,
  endpoints,
  outbox,
  clock,
}: {
  database: Database;
  endpoints: Endpoints;
  outbox: Outbox;
  clock: Clock;
}) {
  const { prisma } = database;
  const log = { orderBy: { id: 'asc' } } as const;

  /** A page of what was sent, newest first. Throws AppError `invalid_input` for a broken cursor. */
  async function list(
    accountId: string,
    endpointId: string,
    { limit, cursor }: { limit: number; cursor?: string | undefined },
  ): Promise<Page<DeliveryWithAttempts>> {
    const after = cursor === undefined ? null : readCursor(cursor);
    const values = [endpointId, accountId, limit + 1, ...(after ? [after.createdAt, after.id] : [])];
    const rows = await database.run<WebhookDelivery>(after ? selectOlder : selectNewest, values);
    // Nothing was sent there, or it is not theirs.
    if (!rows.length) await endpoints.get(accountId, endpointId);
    const { items, nextCursor } = toPage(rows, limit);
    const attempts = await readAttempts(items.map(({ id }) => id));
    return { items: items.map((row) => ({ ...row, log: attempts.get(row.id) ?? [] })), nextCursor };
  }

  /** The attempts of deliveries in their order, by the id of the delivery. */
  async function readAttempts(deliveryIds: readonly string[]): Promise<Map<string, Attempt[]>> {
    if (!deliveryIds.length) return new Map();
    const rows = await database.run<Attempt & { deliveryId: string }>(selectAttempts, [deliveryIds]);
    return Map.groupBy(rows, ({ deliveryId }) => deliveryId);
  }

  /** Sends a past event once more, from the first wait on, under its own id. Throws AppError `endpoint_disabled`. */
  async function replay(accountId: string, endpointId: string, id: string): Promise<DeliveryWithAttempts> {
    await enabled(accountId, endpointId);
    const promised = await database.run<Promised>(replayStatement, [id, endpointId, clock()]);
    if (!promised.length) throw new AppError('not_found', { what: '' });
    outbox.publish(promised);
    return prisma.webhookDelivery.findUniqueOrThrow({ where: { id }, include: { log } });
  }

  /** Sends an event that only tries the endpoint. Throws AppError `endpoint_disabled`. */
  async function ping(accountId: string, endpointId: string): Promise<DeliveryWithAttempts> {
    await enabled(accountId, endpointId);
    const id = randomUUID();
    const eventId = `evt_${randomUUID().replaceAll('-', '')}`;
    const promised = await database.run<Promised>(pingStatement, [id, endpointId, eventId, pingEvent, clock()]);
    if (!promised.length) throw new AppError('not_found', { what: '' });
    outbox.publish(promised);
    return prisma.webhookDelivery.findUniqueOrThrow({ where: { id }, include: { log } });
  }

  async function enabled(accountId: string, endpointId: string): Promise<Endpoint> {
    const endpoint = await endpoints.get(accountId, endpointId);
    if (endpoint.disabledAt) throw new AppError('endpoint_disabled');
    return endpoint;
  }

  return { list, replay, ping };
}

const listStatement = (name: string, place: string) => ({
  name,
  text: `SELECT ${selectColumns(Prisma.WebhookDeliveryScalarFieldEnum)} FROM webhook_deliveries
    WHERE endpoint_id = (SELECT id FROM webhook_endpoints WHERE id = $1::uuid AND account_id = $2::uuid) ${place}
    ORDER BY created_at DESC, id DESC LIMIT $3::int`,
});
const selectNewest = listStatement('webhook_deliveries', '');
const selectOlder = listStatement('webhook_deliveries_after', 'AND (created_at, id) < ($4::timestamptz, $5::uuid)');
const selectAttempts = {
  name: 'webhook_attempts',
  text: `SELECT delivery_id AS "deliveryId", status, error, duration_ms AS "durationMs", created_at AS "createdAt"
    FROM webhook_attempts WHERE delivery_id = ANY($1::uuid[]) ORDER BY id`,
};
const replayStatement = {
  name: 'webhook_replay',
  text: `
    WITH again AS (
      UPDATE webhook_deliveries SET state = 'pending', attempts = 0, finished_at = NULL, next_attempt_at = $3::timestamptz
      WHERE id = $1 AND endpoint_id = $2 RETURNING id, endpoint_id
    )
    INSERT INTO outbox (topic, payload)
    SELECT 'webhook', jsonb_build_object('id', id, 'endpointId', endpoint_id) FROM again RETURNING id::text, topic, payload`,
};
// A ping is about the endpoint itself, so that is what stands where others name their generation.
const pingStatement = {
  name: 'webhook_ping',
  text: `
    WITH made AS (
      INSERT INTO webhook_deliveries (id, endpoint_id, event_id, type, generation_id, next_attempt_at, created_at)
      SELECT $1::uuid, id, $3, $4, id, $5::timestamptz, $5::timestamptz FROM webhook_endpoints WHERE id = $2
      RETURNING id, endpoint_id
    )
    INSERT INTO outbox (topic, payload)
    SELECT 'webhook', jsonb_build_object('id', id, 'endpointId', endpoint_id) FROM made RETURNING id::text, topic, payload`,
};
