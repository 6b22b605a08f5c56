import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/support/servers.ts';
import { migrate, pendingMigrations } from './migrate.ts';

let database: TestDatabase;
let directory = '';
let said: string[] = [];
const log = {
  info: (message: string) => said.push(message),
  warn: (message: string) => said.push(`warning: ${message}`),
};

beforeEach(async () => {
  said = [];
  directory = mkdtempSync(path.join(tmpdir(), 'easel-migrations-'));
  database = await createTestDatabase();
  await ask('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  write('1_words', 'CREATE TABLE words (word text);');
  write(
    '2_function',
    "CREATE FUNCTION two() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 2; END; $$; INSERT INTO words VALUES ('a;b');",
  );
});
afterEach(async () => {
  await database.drop();
  rmSync(directory, { recursive: true });
});

const run = () => migrate({ connectionString: database.url, directory, log });
const readPending = () => pendingMigrations({ connectionString: database.url, directory });

test('three at once apply each migration once, in order', async () => {
  expect(await readPending()).toEqual(['1_words', '2_function']);
  const applied = await Promise.all([run(), run(), run()]);
  expect(applied.flat()).toEqual(['1_words', '2_function']);
  expect(await ask('SELECT word FROM words')).toEqual([{ word: 'a;b' }]);
  expect(await readPending()).toEqual([]);
});

test('a migration edited after it was applied is a warning, and is not applied again', async () => {
  await run();
  write('1_words', 'CREATE TABLE words (word text, lang text);');
  said = [];
  expect(await run()).toEqual([]);
  expect(said).toEqual(['warning: Migration 1_words was edited after it was applied']);
});

test('a failing migration leaves nothing of itself, and stops every later start until it is resolved', async () => {
  write('3_broken', 'CREATE TABLE half (id int); SELECT 1 / 0;');
  await expect(run()).rejects.toThrow('Migration 3_broken failed: division by zero');
  expect(await ask("SELECT to_regclass('half') AS half")).toEqual([{ half: null }]);
  const cure = 'prisma migrate resolve --rolled-back 3_broken';
  await expect(run()).rejects.toThrow(cure);
  await expect(readPending()).rejects.toThrow(cure);
  await ask("UPDATE _prisma_migrations SET rolled_back_at = now() WHERE migration_name = '3_broken'");
  write('3_broken', 'CREATE TABLE half (id int);');
  expect(await run()).toEqual(['3_broken']);
});

test('a migration that opens a transaction of its own is rolled back as well', async () => {
  write('3_broken', 'BEGIN; CREATE TABLE half (id int); SELECT 1 / 0; COMMIT;');
  await expect(run()).rejects.toThrow('division by zero');
  expect(await ask("SELECT to_regclass('half') AS half")).toEqual([{ half: null }]);
  expect(await ask('SELECT logs FROM _prisma_migrations WHERE finished_at IS NULL')).toEqual([
    { logs: 'division by zero' },
  ]);
});

function write(name: string, sql: string): void {
  mkdirSync(path.join(directory, name), { recursive: true });
  writeFileSync(path.join(directory, name, 'migration.sql'), sql);
}

async function ask(sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}
