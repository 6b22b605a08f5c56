import { randomUUID } from 'node:crypto';
import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { pendingMigrations } from '../../core/database/migrate.ts';
import { startPostgres } from '../../core/embedded/postgres.ts';
import { startRedis } from '../../core/embedded/redis.ts';
import type { Log } from '../../core/log.ts';
import type { Settings } from '../../core/settings.ts';
import { askRedis } from './ask-redis.ts';
import { type Check, describeFault, fault, off, ok } from './check.ts';

/** A server to look at: where it is, or why it could not even be started. */
export type Server = {
  /** What to tell of it: `embedded`, or the setting that names it. */
  origin: string;
  url: string | null;
  startFault: string;
  stop(): Promise<void>;
};

/** Images are small, but a full disk stops PostgreSQL and Redis too. */
const leastFreeBytes = 500 * 2 ** 20;

export function openPostgres(settings: Settings, log: Log): Promise<Server> {
  const start = () => startPostgres({ dataDir: settings.dataDirectory, log });
  return open({ url: settings.databaseUrl, setting: 'DATABASE_URL', start });
}

export function openRedis(settings: Settings, log: Log): Promise<Server> {
  return open({
    url: settings.redisUrl,
    setting: 'REDIS_URL',
    start: () => startRedis({ dataDir: settings.dataDirectory, log }),
  });
}

async function open(given: {
  url: string | null;
  setting: string;
  start: () => Promise<{ url: string; stop(): Promise<void> }>;
}): Promise<Server> {
  if (given.url) return { origin: given.setting, url: given.url, startFault: '', stop: async () => {} };
  try {
    const { url, stop } = await given.start();
    return { origin: `embedded; ${given.setting} names another`, url, startFault: '', stop };
  } catch (error) {
    return { origin: 'embedded', url: null, startFault: (error as Error).message, stop: async () => {} };
  }
}

export async function checkDataDirectory({ dataDirectory }: Settings): Promise<Check> {
  const name = 'Data';
  try {
    await mkdir(dataDirectory, { recursive: true });
    const file = path.join(dataDirectory, `doctor-${randomUUID()}`);
    await writeFile(file, '');
    await rm(file);
    const { bavail, bsize } = await statfs(dataDirectory);
    const free = `${dataDirectory}, ${Math.floor((bavail * bsize) / 2 ** 20).toLocaleString('en')} MB free`;
    return bavail * bsize < leastFreeBytes ? fault(name, free, 'Make room on that disk') : ok(name, free);
  } catch (error) {
    const cure = 'Give the folder to the user that runs Easel, or set DATA_DIR to one that is theirs';
    return fault(name, `${dataDirectory} cannot be written (${(error as NodeJS.ErrnoException).code})`, cure);
  }
}

export async function checkPostgres(server: Server): Promise<Check> {
  const name = 'Postgres';
  if (!server.url) return fault(name, 'did not start', server.startFault);
  const client = new pg.Client({ connectionString: server.url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
    return ok(name, `PostgreSQL ${rows[0]?.server_version.split(' ')[0]}, ${server.origin}`);
  } catch (error) {
    return fault(name, describeFault(error), 'Start the server, or mend the address in DATABASE_URL');
  } finally {
    await client.end().catch(() => {});
  }
}

export async function checkMigrations(server: Server): Promise<Check> {
  const name = 'Migrations';
  if (!server.url) return off(name, 'not known without Postgres');
  try {
    const pending = await pendingMigrations({ connectionString: server.url });
    if (!pending.length) return ok(name, 'all applied');
    return fault(
      name,
      `${pending.length} missing: ${pending.join(', ')}`,
      'Run `npm run -s easel -- migrate`, or start Easel',
    );
  } catch (error) {
    const message = describeFault(error);
    if (message.startsWith('Migration')) return fault(name, message, 'Then run the doctor again');
    return off(name, 'not known without Postgres');
  }
}

/** The queue loses jobs in a Redis that evicts or that keeps nothing on disk. */
export async function checkRedis(server: Server): Promise<Check> {
  const name = 'Redis';
  if (!server.url) return fault(name, 'did not start', server.startFault);
  try {
    const info = await askRedis(server.url, (client) => client.info());
    const read = (key: string) => new RegExp(`^${key}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? '';
    const version = read('redis_version');
    const about = `Redis ${version}, ${server.origin}`;
    if (Number.parseInt(version, 10) < 7) return fault(name, about, 'Easel needs Redis 7.0 or newer');
    if (read('maxmemory_policy') !== 'noeviction') {
      return fault(name, `${about}, evicts (${read('maxmemory_policy')})`, 'Set `maxmemory-policy noeviction`');
    }
    if (read('aof_enabled') !== '1') return fault(name, `${about}, keeps no append-only file`, 'Set `appendonly yes`');
    return ok(name, about);
  } catch (error) {
    return fault(name, describeFault(error), 'Start the server, or mend the address in REDIS_URL');
  }
}
