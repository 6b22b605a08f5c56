import { type Generation, type Image, Prisma } from '@prisma/client';
import { createBatch } from '../batch.ts';
import type { Database } from '../database/database.ts';

/**
 * One generation with the pictures that were not deleted, by id; null when there is none. Asked for after every
 * request over REST: prepared, and many at once.
 */
export function createFind({ database }: { database: Database }) {
  return createBatch<string, (Generation & { images: Image[] }) | null>(
    async (ids) => {
      const rows = await database.run<Generation>(selectGenerations, [ids]);
      // There is nothing to show of what was never begun.
      const begun = rows.filter(({ submittedAt }) => submittedAt).map(({ id }) => id);
      const images = begun.length ? await database.run<Image>(selectImages, [begun]) : [];
      const byGeneration = Map.groupBy(images, ({ generationId }) => generationId);
      const found = new Map(rows.map((row) => [row.id, { ...row, images: byGeneration.get(row.id) ?? [] }]));
      return ids.map((id) => found.get(id) ?? null);
    },
    { largest: 200, parallel: 2 },
  );
}

/** Columns are called as the fields are, with `_` before what was a capital. */
const columns = (fields: Record<string, string>) =>
  Object.values(fields)
    .map((field) => `${field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)} AS "${field}"`)
    .join(', ');

const selectGenerations = {
  name: 'generation_find',
  text: `SELECT ${columns(Prisma.GenerationScalarFieldEnum)} FROM generations WHERE id = ANY($1::uuid[])`,
};
const selectImages = {
  name: 'generation_images',
  text: `SELECT ${columns(Prisma.ImageScalarFieldEnum).replace('index AS', '"index" AS')} FROM images
    WHERE generation_id = ANY($1::uuid[]) AND deleted_at IS NULL ORDER BY "index"`,
};
