import { type Image, Prisma } from '@prisma/client';
import { type Page, readCursor, toPage } from '../cursor.ts';
import type { Database } from '../database/database.ts';

/** What is looked for within one account's pictures; what is absent does not matter. */
export type ImageSearch = {
  /** Beginnings of words of the prompt, all of which must occur. */
  q?: string | undefined;
  style?: string | undefined;
  /** Made at or after. */
  from?: Date | undefined;
  /** Made before. */
  to?: Date | undefined;
  favourite?: boolean | undefined;
};

/** A page of an account's pictures, newest first. Throws AppError `invalid_input` for a broken cursor. */
export function createSearch({ database }: { database: Database }) {
  return async function search(
    accountId: string,
    wanted: ImageSearch & { limit: number; cursor?: string | undefined },
  ): Promise<Page<Image>> {
    const after = wanted.cursor === undefined ? null : readCursor(wanted.cursor);
    const words = wanted.q === undefined ? [] : wordsOf(wanted.q);
    // Nothing can be found by signs alone.
    if (wanted.q?.trim() && !words.length) return { items: [], nextCursor: null };
    const conditions = [
      Prisma.sql`image.account_id = ${accountId}::uuid`,
      Prisma.sql`image.deleted_at IS NULL`,
      wanted.from && Prisma.sql`image.created_at >= ${wanted.from}`,
      wanted.to && Prisma.sql`image.created_at < ${wanted.to}`,
      wanted.favourite !== undefined && Prisma.sql`image.favourite = ${wanted.favourite}`,
      after && Prisma.sql`(image.created_at, image.id) < (${after.createdAt}, ${after.id}::uuid)`,
      wanted.style !== undefined &&
        Prisma.sql`generation.account_id = ${accountId}::uuid AND generation.style = ${wanted.style}`,
      words.length > 0 &&
        Prisma.sql`to_tsvector('simple', generation.prompt) @@ to_tsquery('simple', ${words.map((word) => `${word}:*`).join(' & ')})`,
    ].filter((condition) => typeof condition === 'object' && condition !== null);
    const found = await database.prisma.$queryRaw<{ id: string }[]>`
      SELECT image.id FROM images image ${joined(wanted)} WHERE ${Prisma.join(conditions, ' AND ')}
      ORDER BY image.created_at DESC, image.id DESC LIMIT ${wanted.limit + 1}`;
    const images = await database.prisma.image.findMany({
      where: { id: { in: found.map(({ id }) => id) } },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    });
    return toPage(images, wanted.limit);
  };
}

const joined = ({ q, style }: ImageSearch) =>
  q?.trim() || style !== undefined
    ? Prisma.sql`JOIN generations generation ON generation.id = image.generation_id`
    : Prisma.empty;

/** More words find nothing better. */
const mostWords = 16;
/** Letters and digits only, so that nothing in them means anything to a tsquery. */
const wordsOf = (text: string): string[] => (text.match(/[\p{L}\p{M}\p{N}]+/gu) ?? []).slice(0, mostWords);
