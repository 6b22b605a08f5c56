import type { Core } from '../../core/index.ts';

/** A month of use for the panel to show: sixty members, two providers, some failures, money. Answers whom to look at. */
export async function fillPanel(core: Core): Promise<{ id: string; generationId: string }> {
  const { pool, prisma } = core.database;
  await pool.query(insertMembers);
  await pool.query(insertGenerations);
  await pool.query(insertImages);
  await pool.query(insertServers);
  const [member] = await prisma.account.findMany({ where: { email: 'ana@example.com' } });
  const id = member?.id as string;
  await prisma.pack.create({ data: { slug: 'hundred', name: '100 pictures', images: 100 } });
  await pool.query(insertMoney);
  await core.rollUpUsage(null);
  const generation = await prisma.generation.findFirstOrThrow({ where: { accountId: id } });
  return { id, generationId: generation.id };
}

const names = `ARRAY['ana', 'bruno', 'carla', 'dmitri', 'emeka', 'fatima', 'goran', 'hana', 'ines', 'jun']`;

const insertMembers = `
  INSERT INTO accounts (id, email, plan_slug, created_at)
  SELECT gen_random_uuid(), (${names})[1 + n % 10] || CASE WHEN n < 10 THEN '' ELSE n::text END || '@example.com', 'free',
    now() - n * n * interval '18 minutes'
  FROM generate_series(0, 59) n`;

/** More at the weekend, fewer a month ago; one of eleven fails, one of forty is refused. */
const insertGenerations = `
  WITH members AS (SELECT array_agg(id ORDER BY created_at DESC) AS ids FROM accounts WHERE email LIKE '%@example.com'),
  made AS (
    SELECT n, now() - n * interval '29 minutes' - (n % 7) * interval '40 seconds' AS at, ids[1 + (n * n) % 60 % (3 + n % 57)] AS owner,
      CASE WHEN n < 4 THEN 'queued' WHEN n < 6 THEN 'running' WHEN n % 11 = 0 THEN 'failed' WHEN n % 40 = 1 THEN 'moderated'
        ELSE 'succeeded' END::"GenerationState" AS state
    FROM generate_series(0, 1400) n, members WHERE (n / 50) % 7 <> 3 OR n % 3 = 0
  )
  INSERT INTO generations (id, ref, account_id, source, request_id, prompt, model, aspect_ratio, count, seed, locale, priority, state, provider,
    operation, error_code, cost_micros, created_at, submitted_at, finished_at)
  SELECT gen_random_uuid(), lpad(to_hex(n), 6, '0'), owner, (ARRAY['discord', 'telegram', 'web', 'rest'])[1 + n % 4], n::text,
    (ARRAY['a red fox in the snow', 'a lighthouse at dusk, watercolour', 'an owl reading a map', 'a harbour in the fog'])[1 + n % 4],
    (ARRAY['flux-schnell', 'flux-schnell', 'flux-dev', 'sandbox'])[1 + n % 4], '16:9', 1, n, 'en', 100, state,
    CASE n % 4 WHEN 3 THEN 'sandbox' ELSE 'replicate' END, '{"id": "example"}',
    CASE state WHEN 'failed' THEN (ARRAY['provider_failed', 'provider_unavailable', 'output_gone'])[1 + n % 3] WHEN 'moderated' THEN 'prompt_blocked' END,
    CASE WHEN state = 'succeeded' THEN CASE n % 4 WHEN 3 THEN 0 WHEN 2 THEN 25000 ELSE 3000 END END,
    CASE WHEN state IN ('queued', 'running') THEN now() - n * interval '11 seconds' ELSE at END,
    CASE state WHEN 'queued' THEN NULL WHEN 'running' THEN now() - interval '4 seconds' ELSE at + interval '3 seconds' END, CASE WHEN state NOT IN ('queued', 'running') THEN at + interval '9 seconds' END
  FROM made`;

const insertImages = `
  INSERT INTO images (id, generation_id, account_id, index, storage_key, thumbnail_key, content_type, bytes, width, height, sha256, placeholder, created_at)
  SELECT gen_random_uuid(), id, account_id, index, id || '-' || index, id || '-' || index, 'image/webp', 100000, 1024, 576, repeat('0', 64), '', finished_at
  FROM generations, generate_series(0, 1 + seed % 3) index WHERE state = 'succeeded'`;

const insertServers = `
  INSERT INTO chat_servers (id, platform, name, first_used_at, last_used_at, requests)
  VALUES ('1001', 'discord', 'Painters of Porto', now() - interval '40 days', now() - interval '4 minutes', 612),
    ('1002', 'discord', 'Night Owls', now() - interval '20 days', now() - interval '2 hours', 208),
    ('1003', 'discord', 'Game jam 2026', now() - interval '9 days', now() - interval '3 days', 41)`;

const insertMoney = `
  WITH payers AS (SELECT id, row_number() OVER (ORDER BY created_at) AS n FROM accounts WHERE email LIKE '%@example.com'),
  subscribed AS (
    INSERT INTO subscriptions (id, account_id, plan_slug, price_id, status, amount, currency, interval, current_period_end, created_at, synced_at)
    SELECT 'sub_' || n, id, 'premium', 'price_1', CASE WHEN n = 3 THEN 'past_due' ELSE 'active' END, CASE WHEN n % 4 = 0 THEN 850 ELSE 900 END,
      CASE WHEN n % 4 = 0 THEN 'eur' ELSE 'usd' END, 'month', now() + n * interval '1 day', now() - n * interval '2 days', now()
    FROM payers WHERE n <= 14
  )
  INSERT INTO purchases (id, account_id, pack_slug, images, granted, amount, currency, created_at, synced_at)
  SELECT 'cs_' || n, id, 'hundred', 100, 100, 500, 'usd', now() - n * interval '40 hours', now() FROM payers WHERE n <= 16`;
