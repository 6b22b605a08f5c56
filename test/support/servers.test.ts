import { Redis } from 'ioredis';
import pg from 'pg';
import { expect, test } from 'vitest';
import { createTestDatabase, startTestRedis } from './servers.ts';

test('every test database is migrated, empty and its own', async () => {
  const [first, second] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  expect(first.url).not.toBe(second.url);
  const client = new pg.Client({ connectionString: first.url });
  client.on('error', () => {});
  await client.connect();
  const { rows } = await client.query(
    'SELECT count(*)::int AS steps FROM _prisma_migrations WHERE finished_at IS NOT NULL',
  );
  expect(rows[0].steps).toBeGreaterThan(0);
  await first.drop();
  await expect(client.query('SELECT 1')).rejects.toThrow();
  await expect(new pg.Client({ connectionString: first.url }).connect()).rejects.toThrow(/does not exist/);
  await second.drop();
});

test('the test Redis survives a kill with its data, and can come back empty', async () => {
  const redis = await startTestRedis();
  const client = new Redis(redis.url, { retryStrategy: () => 20 });
  client.on('error', () => {});
  await client.config('SET', 'appendfsync', 'always');
  await client.set('kept', 'yes');
  await redis.kill();
  await redis.restart();
  expect(await client.get('kept')).toBe('yes');
  await redis.restart({ empty: true });
  expect(await client.get('kept')).toBeNull();
  client.disconnect();
  await redis.stop();
});
