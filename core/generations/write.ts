import { createBatch } from '../batch.ts';
import type { Database } from '../database/database.ts';
import type { Reservation } from '../quotas/quotas.ts';
import type { CheckedInput } from './input.ts';

/** Where the answer goes; written by the surface, kept as it is. */
export type ReplyTo = { platform: 'discord' | 'telegram' | 'web' } & {
  [key: string]: string | number | boolean | null;
};

export type NewGeneration = {
  id: string;
  ref: string;
  source: string;
  requestId: string;
  input: CheckedInput;
  locale: string;
  priority: number;
  replyTo: ReplyTo | null;
  /** The key it was asked with over REST. */
  apiKeyId: string | null;
  /** SHA-256 of what was asked, to tell a repeat from another request under the same id. */
  requestHash: string | null;
  /** The picture it starts from. */
  createdAt: Date;
};

/** `written`; `existed`, the request came before; `stale`, the reservation is void and must be made again. */
export type Written = { outcome: 'written'; outboxId: string } | { outcome: 'existed' } | { outcome: 'stale' };

type Entry = { generation: NewGeneration; reservation: Reservation };
type Row = { id: string; current: boolean; outbox: string | null };

/**
 * Writes generation, ledger entry and outbox row in one statement, many requests at once. It demands
 * a Reservation, and writes nothing when that has been overtaken by a rebuild of the counters.
 */
export function createWriter({ database }: { database: Database }) {
  return createBatch<Entry, Written>(
    async (entries) => {
      // The same request twice in one batch: the first is written, the others find it there.
      const first = new Map<string, Entry>();
      for (const entry of entries) if (!first.has(entry.generation.id)) first.set(entry.generation.id, entry);
      const rows = await database.run<Row>(insert, columns([...first.values()]));
      const byId = new Map(rows.map((row) => [row.id, row]));
      return entries.map((entry): Written => {
        const row = byId.get(entry.generation.id);
        if (!row?.current) return { outcome: 'stale' };
        const isFirst = first.get(entry.generation.id) === entry;
        return row.outbox !== null && isFirst ? { outcome: 'written', outboxId: row.outbox } : { outcome: 'existed' };
      });
    },
    { largest: 200, parallel: 1 },
  );
}

function columns(entries: readonly Entry[]): unknown[] {
  const each = <T>(pick: (entry: Entry) => T) => entries.map(pick);
  return [
    each(({ generation }) => generation.id),
    each(({ generation }) => generation.ref),
    each(({ reservation }) => reservation.accountId),
    each(({ generation }) => generation.source),
    each(({ generation }) => generation.requestId),
    each(({ generation }) => generation.input.prompt),
    each(({ generation }) => generation.input.negativePrompt),
    each(({ generation }) => generation.input.model.id),
    each(({ generation }) => generation.input.model.provider),
    each(({ generation }) => generation.input.style),
    each(({ generation }) => generation.input.aspectRatio),
    each(({ reservation }) => reservation.images),
    each(({ generation }) => generation.input.seed),
    each(({ generation }) => generation.locale),
    each(({ generation }) => generation.priority),
    each(({ generation }) => (generation.replyTo ? JSON.stringify(generation.replyTo) : null)),
    each(({ generation }) => generation.createdAt),
    each(({ reservation }) => reservation.day),
    each(({ reservation }) => reservation.epoch),
    each(({ generation }) => generation.apiKeyId),
    each(({ generation }) => generation.requestHash),
    each(({ generation }) => generation.input.inputImageId),
    each(({ reservation }) => reservation.topUp),
  ];
}

// Any conflict, since two processes writing the same request at once may meet at its id or at its source first.
// KEY SHARE is the lock that the foreign key takes anyway; a rebuild, which raises the epoch, waits for it.
const insert = {
  name: 'generation_write',
  text: `
    WITH input AS (
      SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
        $10::text[], $11::text[], $12::int[], $13::int[], $14::text[], $15::int[], $16::jsonb[], $17::timestamptz[], $18::date[], $19::int[],
        $20::uuid[], $21::text[], $22::uuid[], $23::int[])
      AS t(id, ref, account_id, source, request_id, prompt, negative_prompt, model, provider,
        style, aspect_ratio, count, seed, locale, priority, reply_to, created_at, day, epoch, api_key_id, request_hash, input_image_id, top_up)
    ), current AS (
      SELECT id, quota_epoch FROM accounts WHERE id IN (SELECT account_id FROM input) ORDER BY id FOR KEY SHARE
    ), valid AS (
      SELECT input.* FROM input JOIN current ON current.id = input.account_id AND current.quota_epoch = input.epoch
    ), made AS (
      INSERT INTO generations (id, ref, account_id, source, request_id, prompt, negative_prompt, model, provider,
        style, aspect_ratio, count, seed, locale, priority, reply_to, created_at, api_key_id, request_hash, input_image_id)
      SELECT id, ref, account_id, source, request_id, prompt, negative_prompt, model, provider,
        style, aspect_ratio, count, seed, locale, priority, reply_to, created_at, api_key_id, request_hash, input_image_id FROM valid
      ON CONFLICT DO NOTHING RETURNING id
    ), entered AS (
      INSERT INTO quota_entries (account_id, generation_id, kind, images, top_up, day, created_at)
      SELECT account_id, id, 'reserve', count, top_up, day, created_at FROM valid WHERE id IN (SELECT id FROM made)
    ), promised AS (
      INSERT INTO outbox (topic, payload)
      SELECT 'generation', jsonb_build_object('id', id, 'priority', priority) FROM valid WHERE id IN (SELECT id FROM made)
      RETURNING id, (payload->>'id')::uuid AS generation_id
    )
    SELECT input.id, valid.id IS NOT NULL AS current, promised.id::text AS outbox
    FROM input LEFT JOIN valid ON valid.id = input.id LEFT JOIN promised ON promised.generation_id = input.id`,
};
