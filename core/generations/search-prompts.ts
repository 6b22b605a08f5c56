import type { Database } from '../database/database.ts';

/** As many as an operator looks through. */
const mostFound = 200;
/** So many of the newest are looked through before the indexes of words are asked, which have to fetch all there are. */
const nearest = 20_000;
const mostWords = 16;

/**
 * Ids of requests, over all accounts, whose prompts have words that begin like these, newest first. Common words are
 * found among the newest, rare ones by the words of pictures and of what ended without any.
 */
export function createSearchPrompts({ database }: { database: Pick<Database, 'run'> }) {
  return async function searchPrompts(text: string): Promise<string[]> {
    const words = (text.match(/[\p{L}\p{M}\p{N}]+/gu) ?? []).slice(0, mostWords);
    if (!words.length) return [];
    const query = words.map((word) => `'${word}':*`).join(' & ');
    const near = await database.run<{ id: string }>(nearStatement, [
      words.map((word) => `\\m${word}`),
      nearest,
      mostFound,
    ]);
    const found = near.length < mostFound ? await database.run<{ id: string }>(farStatement, [query, mostFound]) : near;
    return [...new Set([...near, ...found].map(({ id }) => id))].slice(0, mostFound);
  };
}

const matches = (column: string, place: string) => `to_tsvector('pg_catalog.simple', ${column}) @@ ${place}`;

const nearStatement = {
  name: 'prompts_near',
  text: `SELECT id FROM (SELECT id, prompt, created_at FROM generations ORDER BY created_at DESC, id DESC LIMIT $2::int) AS near
    WHERE prompt ~* ALL ($1::text[]) ORDER BY created_at DESC, id DESC LIMIT $3::int`,
};
/** The offsets keep the conditions apart: Postgres believes that walking by time would be quicker, also for rare words. */
const farStatement = {
  name: 'prompts_far',
  text: `SELECT id FROM (
      (SELECT generation_id AS id, created_at FROM
        (SELECT generation_id, created_at FROM images WHERE plain_words(words) @@ to_tsquery('pg_catalog.simple', $1) OFFSET 0) AS drawn
        ORDER BY created_at DESC LIMIT 4 * $2::int)
      UNION ALL (SELECT id, created_at FROM
        (SELECT id, created_at FROM generations
          WHERE outcome IN ('failed', 'cancelled', 'moderated') AND ${matches('prompt', "to_tsquery('pg_catalog.simple', $1)")} OFFSET 0) AS vain
        ORDER BY created_at DESC LIMIT $2::int)
    ) AS found GROUP BY id ORDER BY max(created_at) DESC LIMIT $2::int`,
};
