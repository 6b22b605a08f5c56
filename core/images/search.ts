import { type Image, Prisma } from '@prisma/client';
import { type Page, readCursor, toPage } from '../cursor.ts';
import { selectColumns } from '../database/columns.ts';
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
    const { q, limit } = wanted;
    const filter = readFilter(accountId, wanted);
    if (!q?.trim()) {
      const values = [...filter.values, limit + 1];
      return toPage(await database.run<Image>(listStatement(filter), values), limit);
    }
    const words = wordsOf(q);
    // Nothing can be found by signs alone.
    if (!words.length) return { items: [], nextCursor: null };
    const values = [...filter.values, words.join(' '), limit + 1];
    // A word in use fills a page from the newest few; any other has few pictures, and the index of words knows them.
    const near = await database.run<Image>(nearStatement(filter), [...values, nearest]);
    if (near.length > limit) return toPage(near, limit);
    return toPage(await database.run<Image>(wordsStatement(filter), values), limit);
  };
}

/** Conditions on the columns of images, numbered from `$1`, which is the account; `name` tells them from others. */
type Filter = { name: string; where: string; values: unknown[] };

/** Each combination is a statement of its own, since a plan for all of them would serve none. */
function readFilter(
  accountId: string,
  { style, from, to, favourite, cursor }: ImageSearch & { cursor?: string | undefined },
): Filter {
  const values: unknown[] = [accountId];
  const place = (value: unknown) => `$${values.push(value)}`;
  const after = cursor === undefined ? null : readCursor(cursor);
  const conditions = {
    style: style !== undefined && `style = ${place(style)}`,
    from: from && `created_at >= ${place(from)}::timestamptz`,
    to: to && `created_at < ${place(to)}::timestamptz`,
    // Written out, as the index of the marked ones has it.
    marked: favourite === true && 'favourite',
    unmarked: favourite === false && 'NOT favourite',
    after: after && `(created_at, id) < (${place(after.createdAt)}::timestamptz, ${place(after.id)}::uuid)`,
  };
  const asked = Object.entries(conditions).filter(([, condition]) => condition);
  return {
    name: asked.map(([name]) => name).join('_'),
    where: [
      'account_id = $1::uuid',
      'deleted_at IS NULL',
      'hidden_at IS NULL',
      ...asked.map(([, condition]) => condition),
    ].join(' AND '),
    values,
  };
}

const columns = selectColumns(Prisma.ImageScalarFieldEnum);
const newestFirst = 'ORDER BY created_at DESC, id DESC';
/** So many are looked through before the index of words is asked. */
const nearest = 200;

function listStatement({ name, where, values }: Filter) {
  return {
    name: `images_${name}`,
    text: `SELECT ${columns} FROM images WHERE ${where} ${newestFirst} LIMIT $${values.length + 1}::int`,
  };
}

/** How many is a parameter: more than most accounts have, it would have Postgres fetch and sort all that there are. */
function nearStatement({ name, where, values }: Filter) {
  return {
    name: `images_near_${name}`,
    text: `SELECT ${columns} FROM (SELECT * FROM images WHERE ${where} ${newestFirst} LIMIT $${values.length + 3}::int) AS near
      WHERE words @@ ${query(values.length + 1)} ${newestFirst} LIMIT $${values.length + 2}::int`,
  };
}

/** The offset keeps the conditions apart: Postgres believes that looking through the account's would be quicker. */
function wordsStatement({ name, where, values }: Filter) {
  return {
    name: `images_words_${name}`,
    text: `SELECT ${columns} FROM (SELECT * FROM images WHERE words @@ ${query(values.length + 1)} OFFSET 0) AS found
      WHERE ${where} ${newestFirst} LIMIT $${values.length + 2}::int`,
  };
}

/** What matches the beginnings of all these words, in the form in which an account's words are kept. */
const query = (place: number) => `(SELECT string_agg(quote_literal(word) || ':*', ' & ')::tsquery
  FROM unnest(tsvector_to_array(account_words($1::uuid, $${place}))) AS word)`;

/** More words find nothing better. */
const mostWords = 16;
const wordsOf = (text: string): string[] => (text.match(/[\p{L}\p{M}\p{N}]+/gu) ?? []).slice(0, mostWords);
