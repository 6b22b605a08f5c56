import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';

type Migration = { name: string; sql: string; checksum: string };
type Applied = { migration_name: string; checksum: string; finished_at: Date | null };
type MigrationLog = { info(message: string): void; warn(message: string): void };

const ownDirectory = path.join(import.meta.dirname, '../../prisma/migrations');
/** Prisma Migrate's own advisory lock: we exclude its command line, and it us. */
const migrateLock = 72707369;

const createHistory = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id VARCHAR(36) PRIMARY KEY NOT NULL,
  checksum VARCHAR(64) NOT NULL,
  finished_at TIMESTAMPTZ,
  migration_name VARCHAR(255) NOT NULL,
  logs TEXT,
  rolled_back_at TIMESTAMPTZ,
  started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  applied_steps_count INTEGER NOT NULL DEFAULT 0
)`;

/**
 * Applies every migration of `directory` (by default prisma/migrations) that the database lacks, as
 * `prisma migrate deploy` does and in the same table, so that either can go on after the other. Any number of
 * processes may call it at once: one applies, the others wait. Resolves to the names applied now. Rejects when a
 * migration fails, or failed before and is not resolved.
 */
export async function migrate(options: {
  connectionString: string;
  directory?: string;
  log: MigrationLog;
}): Promise<string[]> {
  const { connectionString, directory = ownDirectory, log } = options;
  const migrations = await readMigrations(directory);
  return withClient(connectionString, async (client) => {
    await takeLock(client);
    await client.query(createHistory);
    const pending = findPending(migrations, await readHistory(client), log);
    for (const migration of pending) {
      await apply(client, migration);
      log.info(`Applied migration ${migration.name}`);
    }
    return pending.map(({ name }) => name);
  });
}

/**
 * Names of the migrations that the database lacks, in order; it changes nothing. Rejects when the database is out of
 * reach, or when a migration failed and is not resolved.
 */
export async function pendingMigrations(options: { connectionString: string; directory?: string }): Promise<string[]> {
  const migrations = await readMigrations(options.directory ?? ownDirectory);
  return withClient(options.connectionString, async (client) => {
    const { rows } = await client.query<{ found: string | null }>("SELECT to_regclass('_prisma_migrations') AS found");
    const history = rows[0]?.found ? await readHistory(client) : [];
    return findPending(migrations, history).map(({ name }) => name);
  });
}

async function readMigrations(directory: string): Promise<Migration[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => {
      const bytes = await readFile(path.join(directory, name, 'migration.sql'));
      return { name, sql: bytes.toString('utf8'), checksum: createHash('sha256').update(bytes).digest('hex') };
    }),
  );
}

async function readHistory(client: pg.Client): Promise<Applied[]> {
  const { rows } = await client.query<Applied>(
    'SELECT migration_name, checksum, finished_at FROM _prisma_migrations WHERE rolled_back_at IS NULL',
  );
  return rows;
}

function findPending(migrations: Migration[], history: Applied[], log?: MigrationLog): Migration[] {
  const failed = history.find((row) => !row.finished_at)?.migration_name;
  if (failed) {
    throw new Error(
      `Migration ${failed} failed before. Mend the database, then say so by \`npx prisma migrate resolve --rolled-back ${failed}\` (or --applied)`,
    );
  }
  const checksums = new Map(history.map((row) => [row.migration_name, row.checksum]));
  for (const { name, checksum } of migrations) {
    const applied = checksums.get(name);
    if (applied && applied !== checksum) log?.warn(`Migration ${name} was edited after it was applied`);
  }
  return migrations.filter(({ name }) => !checksums.has(name));
}

async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  const id = randomUUID();
  await client.query('INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ($1, $2, $3)', [
    id,
    checksum,
    name,
  ]);
  try {
    // One message without parameters is one implicit transaction: all of the file, or nothing.
    await client.query(sql);
  } catch (error) {
    const { message } = error as Error;
    // A file with a BEGIN of its own leaves its transaction open.
    await client.query('ROLLBACK');
    await client.query('UPDATE _prisma_migrations SET logs = $2 WHERE id = $1', [id, message]);
    throw new Error(`Migration ${name} failed: ${message}`, { cause: error });
  }
  await client.query('UPDATE _prisma_migrations SET finished_at = now(), applied_steps_count = 1 WHERE id = $1', [id]);
}

async function takeLock(client: pg.Client): Promise<void> {
  await client.query("SET lock_timeout = '60s'");
  // Freed with the connection.
  await client.query('SELECT pg_advisory_lock($1)', [migrateLock]);
  await client.query('RESET lock_timeout');
}

async function withClient<T>(connectionString: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 10_000 });
  // A connection that breaks also fails the query under way, which is where it is reported.
  client.on('error', () => {});
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
