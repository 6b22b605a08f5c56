import pg from 'pg';

/** What the seeded account is asked with: places in the middle of its lists, and its one picture with bytes. */
export type Seeded = { generationCursor: string; imageCursor: string; imageId: string };
export const fixedKey = 'bench/fixed.webp';

/**
 * Fills generations and images with so many rows, evenly over ten accounts, by one statement each. Of an account's, a
 * third has a style, another third is marked, one of ten failed; none is waiting or moderated. The asked account's
 * prompts name no harbour, those of four others do.
 */
export async function seed(databaseUrl: string, rows: number): Promise<Seeded> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    // No keys to other tables are checked row by row, and nobody is told.
    await client.query(`SET session_replication_role = replica`);
    await client.query(insertGenerations, [rows]);
    await client.query(insertImages, [fixedKey]);
    await client.query('VACUUM ANALYZE generations');
    await client.query('VACUUM ANALYZE images');
    const middle = async (table: 'generations' | 'images') => {
      const { rows: found } = await client.query<{ at: Date; id: string }>(
        `SELECT created_at AS at, id FROM ${table} WHERE account_id = ${askedAccount} ORDER BY created_at DESC, id DESC
          OFFSET (SELECT count(*) / 2 FROM ${table} WHERE account_id = ${askedAccount}) LIMIT 1`,
      );
      const [{ at, id }] = found as [(typeof found)[number]];
      return Buffer.from(JSON.stringify([at.getTime(), id])).toString('base64url');
    };
    const { rows: pictures } = await client.query<{ id: string }>('SELECT id FROM images WHERE storage_key = $1', [
      fixedKey,
    ]);
    return {
      generationCursor: await middle('generations'),
      imageCursor: await middle('images'),
      imageId: pictures[0]?.id as string,
    };
  } finally {
    await client.end();
  }
}

const askedAccount = `(SELECT id FROM accounts WHERE email = 'member-0@example.com')`;

const insertGenerations = `
  WITH owners AS (SELECT array_agg(id ORDER BY email) AS ids, count(*)::int AS count FROM accounts)
  INSERT INTO generations (id, ref, account_id, source, request_id, prompt, model, style, aspect_ratio, count, seed, locale,
    priority, state, provider, operation, error_code, cost_micros, created_at, submitted_at, finished_at)
  SELECT gen_random_uuid(), lpad(to_hex(n), 8, '0'), ids[n % count + 1], 'bench', n::text,
    'a red fox in the snow, early light, number ' || n || CASE WHEN n % count > 0 AND n % 2 = 0 THEN ' by the harbour' ELSE '' END,
    'sandbox', CASE WHEN n / count % 3 = 0 THEN 'watercolor' END, '16:9', 1, n, 'en', 100,
    (CASE WHEN n / count % 10 = 0 THEN 'failed' ELSE 'succeeded' END)::"GenerationState", 'sandbox', '{"kind":"sandbox"}',
    CASE WHEN n / count % 10 = 0 THEN 'provider_failed' END, CASE WHEN n / count % 10 = 0 THEN NULL ELSE 0 END,
    at, at, at + interval '5 seconds'
  FROM generate_series(0, $1::int - 1) n, owners, LATERAL (SELECT now() - n * interval '1 second' AS at) AS moment`;

const insertImages = `
  INSERT INTO images (id, generation_id, account_id, index, storage_key, thumbnail_key, content_type, bytes, width, height, sha256,
    placeholder, created_at, favourite)
  SELECT gen_random_uuid(), id, account_id, 0, CASE WHEN seed = 10 THEN $1 ELSE 'bench/' || id || '.webp' END,
    'bench/' || id || '-small.webp', 'image/webp', 1000, 1024, 576, repeat('0', 64), 'placeholder', finished_at, seed / 10 % 3 = 1
  FROM generations WHERE state = 'succeeded'`;
