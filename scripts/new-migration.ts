/**
 * `npm run migration -- add_favourites`: writes prisma/migrations/<time>_add_favourites/migration.sql, the difference
 * between the migrations so far and prisma/schema.prisma. Works on a PostgreSQL of its own, thrown away afterwards.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startPostgres } from '../core/embedded/postgres.ts';

const root = path.join(import.meta.dirname, '..');
const migrations = path.join(root, 'prisma/migrations');
const lockFile = path.join(migrations, 'migration_lock.toml');
const nothingChanged = 0;
const somethingChanged = 2;

const name = process.argv[2] ?? '';
if (/^[a-z][a-z0-9_]*$/.test(name)) process.exitCode = await writeMigration();
else {
  console.error('Name the migration in small letters: npm run migration -- add_favourites');
  process.exitCode = 1;
}

async function writeMigration(): Promise<number> {
  mkdirSync(migrations, { recursive: true });
  if (!existsSync(lockFile)) writeFileSync(lockFile, 'provider = "postgresql"\n');
  const { status, stdout, stderr } = await diff();
  if (status === nothingChanged) console.log('The migrations already make the schema: nothing to write');
  else if (status === somethingChanged) {
    const time = new Date().toISOString().replaceAll(/\D/g, '').slice(0, 14);
    const folder = path.join(migrations, `${time}_${name}`);
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'migration.sql'), stdout);
    console.log(`Wrote ${path.relative(root, folder)}/migration.sql: read it before you commit it`);
  } else console.error(stderr || stdout);
  return status === nothingChanged || status === somethingChanged ? 0 : 1;
}

async function diff() {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'easel-migration-'));
  chmodSync(dataDir, 0o711);
  const log = { info: () => {}, warn: console.warn };
  const postgres = await startPostgres({ dataDir, log, durable: false });
  try {
    const given = ['--from-migrations', migrations, '--to-schema', path.join(root, 'prisma/schema.prisma')];
    // The command line is a module of its own; started by our Node, it does not depend on a path to npx.
    const prisma = path.join(root, 'node_modules/prisma/build/index.js');
    return spawnSync(process.execPath, [prisma, 'migrate', 'diff', ...given, '--script', '--exit-code'], {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, DATABASE_URL: postgres.url },
    });
  } finally {
    await postgres.stop();
    rmSync(dataDir, { recursive: true });
  }
}
