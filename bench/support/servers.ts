import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { migrate, startPostgres, startRedis } from '../../core/index.ts';

/** Postgres and Redis of the benchmarks' own, with the settings of production, under `build/bench`. */
export type BenchServers = {
  redisUrl: string;
  /** A migrated, empty database of one's own; dropped at the end. */
  createDatabase(): Promise<string>;
  /** CPU that the two have spent so far, ms; null where /proc does not tell. */
  readCpu(): Promise<{ postgres: number; redis: number } | null>;
  stop(): Promise<void>;
} & AsyncDisposable;

const quiet = { info: () => {}, warn: console.warn };

/** Starts them, with an empty Redis. An interrupted run stops them too. */
export async function openServers(): Promise<BenchServers> {
  const dataDir = path.join(import.meta.dirname, '../../build/bench');
  mkdirSync(dataDir, { recursive: true });
  // Closes what was started when something after it fails.
  await using opening = new AsyncDisposableStack();
  const postgres = await startPostgres({ dataDir, log: quiet });
  opening.defer(() => postgres.stop());
  const redis = await startRedis({ dataDir, log: quiet });
  opening.defer(() => redis.stop());
  const administrator = new pg.Client({ connectionString: postgres.url });
  await administrator.connect();
  opening.defer(() => administrator.end());
  const redisClient = opening.adopt(new Redis(redis.url), (client) => client.disconnect());
  await redisClient.flushall();
  const databases = postgres.owned ? await findLeftOver(administrator) : [];
  await dropAll();

  async function createDatabase(): Promise<string> {
    const name = `bench_${randomUUID().replaceAll('-', '')}`;
    await administrator.query(`CREATE DATABASE ${name}`);
    databases.push(name);
    const url = new URL(postgres.url);
    url.pathname = `/${name}`;
    await migrate({ connectionString: url.href, log: quiet });
    return url.href;
  }

  async function readCpu(): Promise<{ postgres: number; redis: number } | null> {
    if (process.platform !== 'linux') return null;
    const { rows } = await administrator.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const [, seconds] = /used_cpu_user:([\d.]+)/.exec(await redisClient.info('cpu')) ?? [];
    const [, system] = /used_cpu_sys:([\d.]+)/.exec(await redisClient.info('cpu')) ?? [];
    return {
      postgres: familyCpu(readProcess(rows[0]?.pid ?? 0).parent),
      redis: (Number(seconds) + Number(system)) * 1000,
    };
  }

  async function dropAll(): Promise<void> {
    for (const name of databases.splice(0)) await administrator.query(`DROP DATABASE ${name} WITH (FORCE)`);
  }

  const closing = opening.move();
  closing.defer(async () => void (await redisClient.flushall()));
  closing.defer(dropAll);
  let stopping: Promise<void> | null = null;
  // Whoever comes second waits as well: a signal may arrive while all is being closed, and closes all itself.
  const stop = () => {
    stopping ??= closing.disposeAsync();
    return stopping;
  };
  const interrupt = () => void stop().finally(() => process.exit(130));
  for (const signal of signals) process.once(signal, interrupt);
  closing.defer(() => {
    for (const signal of signals) process.off(signal, interrupt);
  });
  return { redisUrl: redis.url, createDatabase, readCpu, stop, [Symbol.asyncDispose]: stop };
}

const signals = ['SIGINT', 'SIGTERM'] as const;

/** What a run that was killed could not drop. */
async function findLeftOver(administrator: pg.Client): Promise<string[]> {
  const { rows } = await administrator.query<{ name: string }>(
    `SELECT datname AS name FROM pg_database WHERE datname LIKE 'bench\\_%'`,
  );
  return rows.map(({ name }) => name);
}

/** CPU of a process and its children, living and ended, ms. */
function familyCpu(parent: number): number {
  const own = readProcess(parent);
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => readProcess(Number(pid)))
    .filter((each) => each.parent === parent);
  return children.reduce((sum, each) => sum + each.cpu, own.cpu + own.endedChildren);
}

/** Linux counts in hundredths of a second, see proc_pid_stat(5). */
function readProcess(pid: number): { parent: number; cpu: number; endedChildren: number } {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [parent = 0, user = 0, system = 0, endedUser = 0, endedSystem = 0] = [1, 11, 12, 13, 14].map(
      (place) => fields[place],
    );
    return { parent, cpu: (user + system) * 10, endedChildren: (endedUser + endedSystem) * 10 };
  } catch {
    return { parent: 0, cpu: 0, endedChildren: 0 };
  }
}
