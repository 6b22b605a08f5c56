/**
 * What the databases of the list benchmarks hold. Rows are numbered from the newest, one a minute; every so many one is
 * the asked account's, `member-0`, the others' go to the others, to some many more than to most.
 */

export const insertAccounts = `
  INSERT INTO accounts (id, email, plan_slug)
  SELECT gen_random_uuid(), 'other-' || n || '@example.com', 'free' FROM generate_series(2, $1::int) n`;

/** An endpoint for each account, which is told of everything that ended. */
export const insertEndpoints = `
  INSERT INTO webhook_endpoints (id, account_id, url, events, sealed_secret, created_at)
  SELECT gen_random_uuid(), id, 'https://example.com/' || email, ARRAY['*'], ''::bytea, now() FROM accounts`;

/** A made up word, one of 900, the first far oftener than the last. */
const anyWord = `(SELECT string_agg(substr('badokilumenaporisuta', 1 + r % 10 * 2, 2) || substr('ganlormistenvarzulbercordal', 1 + r / 10 % 9 * 3, 3)
    || substr('aeiouynrlx', 1 + r / 90, 1), ' ')
  FROM (SELECT floor(900 * random() ^ 3)::int AS r FROM generate_series(1, 7 + 0 * n)) AS drawn)`;

/** A word of others only, one of both, one that the asked account used twelve times. */
const knownWord = `CASE WHEN NOT asked AND n % 2 = 0 THEN 'harbour'
  WHEN asked AND place = 8 AND block % (asked_blocks / 12) = 0 THEN 'zeppelin' WHEN pick % 3 = 0 THEN 'fox' ELSE 'owl' END`;

/** Of every twenty of an account's sixteen succeeded; the newest few of all still wait, and five of the asked one's. */
const stateOf = `(CASE WHEN asked AND pick < 3 OR NOT asked AND n < total / 500 THEN 'queued' WHEN asked AND pick < 5 THEN 'running'
  WHEN place < 2 THEN 'failed' WHEN place = 2 THEN 'cancelled' WHEN place = 3 THEN 'moderated' ELSE 'succeeded' END)::"GenerationState"`;

/**
 * Rows `$1` to `$2` of `$3`, every `$4`th of them the asked account's: the generation, its pictures, what webhooks were
 * sent. A block is twenty rows of an account: one of four has a style, one of five is marked, one of twenty deleted.
 */
export const insertRows = `
  WITH owners AS (SELECT array_agg(id ORDER BY email <> 'member-0@example.com') AS ids, count(*)::int AS accounts FROM accounts),
  numbered AS (
    SELECT n, n % $4::int = 0 AS asked, now() - n * interval '1 minute' AS at, $3::int AS total, $3::int / $4::int / 20 AS asked_blocks,
      CASE WHEN n % $4::int = 0 THEN n / $4::int ELSE floor(random() * 100000)::int END AS pick,
      ids[CASE WHEN n % $4::int = 0 THEN 1 ELSE 2 + floor((accounts - 1) * random() ^ 2)::int END] AS owner
    FROM generate_series($1::int, $2::int) n, owners
  ), placed AS (SELECT *, pick % 20 AS place, pick / 20 AS block FROM numbered
  ), stood AS (SELECT *, ${stateOf} AS state, 'picture ' || ${anyWord} || ' ' || ${knownWord} AS prompt FROM placed
  ), made AS (
    INSERT INTO generations (id, ref, account_id, source, request_id, prompt, model, style, aspect_ratio, count, seed, locale,
      priority, state, provider, operation, error_code, cost_micros, created_at, submitted_at, finished_at)
    SELECT gen_random_uuid(), lpad(to_hex(n), 8, '0'), owner, 'bench', n::text, prompt, 'sandbox',
      CASE block % 4 WHEN 0 THEN 'watercolor' WHEN 1 THEN 'anime' END, '16:9', CASE WHEN place BETWEEN 4 AND 7 THEN 2 ELSE 1 END, pick,
      'en', 100, state, 'sandbox', '{"kind":"sandbox"}', CASE WHEN state IN ('failed', 'moderated') THEN 'provider_failed' END,
      CASE state WHEN 'succeeded' THEN 0 END, at, CASE WHEN state <> 'queued' THEN at END,
      CASE WHEN state NOT IN ('queued', 'running') THEN at + interval '5 seconds' END
    FROM stood RETURNING *
  ), pictured AS (
    INSERT INTO images (id, generation_id, account_id, index, storage_key, thumbnail_key, content_type, bytes, width, height, sha256,
      placeholder, created_at, deleted_at, favourite, style, words)
    SELECT gen_random_uuid(), id, account_id, index, 'bench/' || request_id || '-' || index || '.webp', 'bench/small.webp', 'image/webp',
      100000, 1024, 576, repeat('0', 64), repeat('p', 32), finished_at, CASE seed / 20 % 20 WHEN 19 THEN finished_at END, seed / 20 % 5 = 1,
      style, account_words(account_id, prompt)
    FROM made, generate_series(0, count - 1) index WHERE state = 'succeeded'
  ), told AS (
    INSERT INTO webhook_deliveries (id, endpoint_id, event_id, type, generation_id, state, attempts, next_attempt_at, created_at, finished_at)
    SELECT gen_random_uuid(), endpoint.id, 'evt_' || replace(made.id::text, '-', ''), 'generation.' || made.state, made.id, 'delivered', 1,
      finished_at, finished_at, finished_at
    FROM made JOIN webhook_endpoints endpoint ON endpoint.account_id = made.account_id WHERE finished_at IS NOT NULL
    RETURNING id, finished_at
  )
  INSERT INTO webhook_attempts (delivery_id, status, duration_ms, created_at) SELECT id, 200, 12, finished_at FROM told`;
