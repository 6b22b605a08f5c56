import type { Generation } from '@prisma/client';
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

/** `written`, as it reads now; `existed`, the request came before; `stale`, the reservation is void and must be made again. */
export type Written =
  | { outcome: 'written'; outboxId: string; row: Generation }
  | { outcome: 'existed' }
  | { outcome: 'stale' };

type Entry = { generation: NewGeneration; reservation: Reservation };
type Found = { id: string; current: boolean; outbox: string | null };

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
      const rows = new Map([...first].map(([id, entry]) => [id, toRow(entry)]));
      const found = await database.run<Found>(insert, columns([...first.values()], [...rows.values()]));
      const byId = new Map(found.map((each) => [each.id, each]));
      return entries.map((entry): Written => {
        const { id } = entry.generation;
        const told = byId.get(id);
        if (!told?.current) return { outcome: 'stale' };
        if (told.outbox === null || first.get(id) !== entry) return { outcome: 'existed' };
        return { outcome: 'written', outboxId: told.outbox, row: rows.get(id) as Generation };
      });
    },
    { largest: 200, parallel: 1 },
  );
}

/** What a request is in Postgres until somebody takes it in hand. */
function toRow({ generation, reservation }: Entry): Generation {
  const { input, ...asked } = generation;
  return {
    ...asked,
    ...input,
    accountId: reservation.accountId,
    count: reservation.images,
    model: input.model.id,
    provider: input.model.provider,
    ...untouched,
  };
}

/** As the columns' defaults are. */
const untouched = {
  state: 'accepted',
  version: 0,
  attempts: 0,
  operation: null,
  providerId: null,
  progress: null,
  errorCode: null,
  costMicros: null,
  cancelRequested: false,
  leaseOwner: null,
  leaseUntil: null,
  submittedAt: null,
  finishedAt: null,
} as const;

function columns(entries: readonly Entry[], rows: readonly Generation[]): unknown[] {
  const each = <T>(pick: (row: Generation) => T) => rows.map(pick);
  // Most take nothing from top-ups.
  const topped = entries.filter(({ reservation }) => reservation.topUp > 0);
  return [
    each(({ id }) => id),
    each(({ ref }) => ref),
    each(({ accountId }) => accountId),
    each(({ source }) => source),
    each(({ requestId }) => requestId),
    each(({ prompt }) => prompt),
    each(({ negativePrompt }) => negativePrompt),
    each(({ model }) => model),
    each(({ provider }) => provider),
    each(({ style }) => style),
    each(({ aspectRatio }) => aspectRatio),
    each(({ count }) => count),
    each(({ seed }) => seed),
    each(({ locale }) => locale),
    each(({ priority }) => priority),
    each(({ replyTo }) => (replyTo ? JSON.stringify(replyTo) : null)),
    each(({ createdAt }) => createdAt),
    entries.map(({ reservation }) => reservation.epoch),
    each(({ apiKeyId }) => apiKeyId),
    each(({ requestHash }) => requestHash),
    each(({ inputImageId }) => inputImageId),
    topped.map(({ generation }) => generation.id),
    topped.map(({ reservation }) => reservation.topUp),
  ];
}

// Any conflict, since two processes writing the same request at once may meet at its id or at its source first.
// KEY SHARE is the lock that the foreign key takes anyway; a rebuild, which raises the epoch, waits for it.
// What was written is joined with nothing as long as itself: planned for one row, that would be done row by row.
const insert = {
  name: 'generation_write',
  text: `
    WITH input AS (
      SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
        $10::text[], $11::text[], $12::int[], $13::int[], $14::text[], $15::int[], $16::jsonb[], $17::timestamptz[], $18::int[],
        $19::uuid[], $20::text[], $21::uuid[])
      AS t(id, ref, account_id, source, request_id, prompt, negative_prompt, model, provider,
        style, aspect_ratio, count, seed, locale, priority, reply_to, created_at, epoch, api_key_id, request_hash, input_image_id)
    ), current AS (
      SELECT id, quota_epoch FROM accounts WHERE id IN (SELECT account_id FROM input) ORDER BY id FOR KEY SHARE
    ), made AS (
      INSERT INTO generations (id, ref, account_id, source, request_id, prompt, negative_prompt, model, provider,
        style, aspect_ratio, count, seed, locale, priority, reply_to, created_at, api_key_id, request_hash, input_image_id)
      SELECT input.id, ref, account_id, source, request_id, prompt, negative_prompt, model, provider,
        style, aspect_ratio, count, seed, locale, priority, reply_to, created_at, api_key_id, request_hash, input_image_id
      FROM input JOIN current ON current.id = account_id AND quota_epoch = epoch
      ON CONFLICT DO NOTHING RETURNING id, account_id, count, priority, created_at
    ), entered AS (
      INSERT INTO quota_entries (account_id, generation_id, kind, images, top_up, day, created_at)
      SELECT account_id, made.id, 'reserve', count, coalesce(topped.images, 0), (created_at AT TIME ZONE 'UTC')::date, created_at
      FROM made LEFT JOIN unnest($22::uuid[], $23::int[]) AS topped(id, images) ON topped.id = made.id
    ), promised AS (
      INSERT INTO outbox (topic, payload) SELECT 'generation', jsonb_build_object('id', id, 'priority', priority) FROM made
      RETURNING id, (payload->>'id')::uuid AS generation_id
    )
    SELECT input.id, current.id IS NOT NULL AS current, promised.id::text AS outbox FROM input
    LEFT JOIN current ON current.id = account_id AND quota_epoch = epoch LEFT JOIN promised ON promised.generation_id = input.id`,
};
