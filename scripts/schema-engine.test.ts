import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { migrate } from '../core/database/migrate.ts';
import { createTestDatabase, type TestDatabase } from '../test/support/servers.ts';

const root = path.join(import.meta.dirname, '..');
const model = 'model Word {\n  id Int @id\n  text String @unique\n}\n';
const head = 'datasource db {\n  provider = "postgresql"\n}\n';
let project = '';
let database: TestDatabase;

beforeEach(async () => {
  project = mkdtempSync(path.join(tmpdir(), 'easel-prisma-'));
  database = await createTestDatabase();
  writeFileSync(path.join(project, 'schema.prisma'), head + model);
  writeFileSync(
    path.join(project, 'prisma.config.ts'),
    `export default { schema: 'schema.prisma', migrations: { path: 'migrations' },
      datasource: { url: process.env.DATABASE_URL, shadowDatabaseUrl: process.env.DATABASE_URL } };`,
  );
});
afterEach(async () => {
  await database.drop();
  rmSync(project, { recursive: true });
});

test('a schema is validated, and its fault told', async () => {
  expect(await prisma('validate')).toMatchObject({ code: 0, output: expect.stringContaining('is valid') });
  writeFileSync(path.join(project, 'schema.prisma'), `${head}model Word {\n  id Nonsense @id\n}\n`);
  expect(await prisma('validate')).toMatchObject({ code: 1, output: expect.stringContaining('"Nonsense"') });
});

test('differences become SQL, and the command line and our own runner read one history', async () => {
  const first = await prisma('migrate', 'diff', '--from-empty', '--to-schema', 'schema.prisma', '--script');
  expect(first).toMatchObject({ code: 0, output: expect.stringContaining('CREATE TABLE "Word"') });
  // A function's semicolons must not split the script, in the shadow database neither.
  writeMigration(
    '1_first',
    `${first.output}CREATE FUNCTION two() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 2; END; $$;`,
  );
  const unchanged = await prisma(
    'migrate',
    'diff',
    '--from-migrations',
    'migrations',
    '--to-schema',
    'schema.prisma',
    '--exit-code',
  );
  expect(unchanged).toMatchObject({ code: 0, output: expect.stringContaining('No difference') });

  writeFileSync(path.join(project, 'schema.prisma'), head + model.replace('text', 'lang String?\n  text'));
  const second = await prisma(
    'migrate',
    'diff',
    '--from-migrations',
    'migrations',
    '--to-schema',
    'schema.prisma',
    '--script',
  );
  expect(second.output).toContain('ALTER TABLE "Word" ADD COLUMN     "lang" TEXT');

  const directory = path.join(project, 'migrations');
  const log = { info: () => {}, warn: () => {} };
  await migrate({ connectionString: await emptied(), directory, log });
  expect(await prisma('migrate', 'status')).toMatchObject({ code: 0, output: expect.stringContaining('up to date') });
  writeMigration('2_second', second.output);
  expect(await prisma('migrate', 'deploy')).toMatchObject({ code: 0, output: expect.stringContaining('2_second') });
  expect(await migrate({ connectionString: database.url, directory, log })).toEqual([]);
});

function writeMigration(name: string, sql: string): void {
  const folder = path.join(project, 'migrations', name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(project, 'migrations/migration_lock.toml'), 'provider = "postgresql"\n');
  writeFileSync(path.join(folder, 'migration.sql'), sql);
}

async function emptied(): Promise<string> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  await client.end();
  return database.url;
}

async function prisma(...given: string[]): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, [path.join(root, 'node_modules/prisma/build/index.js'), ...given], {
    cwd: project,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      DATABASE_URL: database.url,
      PRISMA_SCHEMA_ENGINE_BINARY: path.join(root, 'scripts/schema-engine.ts'),
      PATH: `${path.dirname(process.execPath)}:${process.env.PATH}`,
      CHECKPOINT_DISABLE: '1',
    },
  });
  const exited = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)));
  const [code, output, fault] = await Promise.all([exited, text(child.stdout), text(child.stderr)]);
  return { code, output: code === 0 && given.includes('--script') ? output : output + fault };
}
