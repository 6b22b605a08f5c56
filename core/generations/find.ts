import { type Generation, type Image, Prisma } from '@prisma/client';
import { createBatch } from '../batch.ts';
import { selectColumns } from '../database/columns.ts';
import type { Database } from '../database/database.ts';

/**
 * One generation with the pictures that may be shown, by id; null when there is none. Asked for after every
 * request over REST: prepared, and many at once.
 */
export function createFind({ database }: { database: Database }) {
  return createBatch<string, (Generation & { images: Image[] }) | null>(
    async (ids) => {
      const rows = await database.run<Generation>(selectGenerations, [ids]);
      // There is nothing to show of what was never begun.
      const begun = rows.filter(({ submittedAt }) => submittedAt).map(({ id }) => id);
      const images = await readImages(database, begun);
      const found = new Map(rows.map((row) => [row.id, { ...row, images: images.get(row.id) ?? [] }]));
      return ids.map((id) => found.get(id) ?? null);
    },
    { largest: 200, parallel: 2 },
  );
}

/** The pictures of generations, neither deleted nor hidden, in their order, by the id of the generation. */
export async function readImages(database: Database, generationIds: readonly string[]): Promise<Map<string, Image[]>> {
  if (!generationIds.length) return new Map();
  return Map.groupBy(await database.run<Image>(selectImages, [generationIds]), ({ generationId }) => generationId);
}

const selectGenerations = {
  name: 'generation_find',
  text: `SELECT ${selectColumns(Prisma.GenerationScalarFieldEnum)} FROM generations WHERE id = ANY($1::uuid[])`,
};
const selectImages = {
  name: 'generation_images',
  text: `SELECT ${selectColumns(Prisma.ImageScalarFieldEnum)} FROM images
    WHERE generation_id = ANY($1::uuid[]) AND deleted_at IS NULL AND hidden_at IS NULL ORDER BY "index"`,
};
