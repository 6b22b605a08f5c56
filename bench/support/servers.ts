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

/** Starts them, with an empty Redis. */
export async function openServers(): Promise<BenchServers> {
  const dataDir = path.join(import.meta.dirname, '../../build/bench');
  mkdirSync(dataDir, { recursive: true });
  const [postgres, redis] = await Promise.all([
    startPostgres({ dataDir, log: quiet }),
    startRedis({ dataDir, log: quiet }),
  ]);
  const administrator = new pg.Client({ connectionString: postgres.url });
  const redisClient = new Redis(redis.url);
  await administrator.connect();
  await redisClient.flushall();
  const databases: string[] = [];

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

  async function stop(): Promise<void> {
    for (const name of databases) await administrator.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await administrator.end();
    await redisClient.flushall();
    redisClient.disconnect();
    await Promise.all([postgres.stop(), redis.stop()]);
  }

  return { redisUrl: redis.url, createDatabase, readCpu, stop, [Symbol.asyncDispose]: stop };
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
