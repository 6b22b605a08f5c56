import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { type Account, type Core, type CoreOptions, createCore, readSettings } from '../../core/index.ts';
import { quick } from './quick.ts';
import { createTestDatabase, startTestRedis, type TestDatabase, type TestRedis } from './servers.ts';

export type TestCore = {
  core: Core;
  database: TestDatabase;
  redis: TestRedis;
  /** A connection of the test's own. */
  redisClient: Redis;
  dataDir: string;
  /** What was logged, a line each. */
  logged: string[];
  /** Another core on the same servers, as a second process would be; closed with the first. */
  another(): Promise<Core>;
  close(): Promise<void>;
};

type Options = Partial<Omit<CoreOptions, 'settings' | 'databaseUrl' | 'redisUrl'>> & {
  environment?: Record<string, string>;
  /** Another way to the database than straight. */
  reach?: (databaseUrl: string) => Promise<string>;
};

/** The real core on a database and a Redis of its own. */
export async function startTestCore({
  environment = {},
  reach = async (url) => url,
  ...options
}: Options = {}): Promise<TestCore> {
  const [database, redis] = await Promise.all([createTestDatabase(), startTestRedis()]);
  const dataDir = mkdtempSync(path.join(tmpdir(), 'easel-core-'));
  const logged: string[] = [];
  const log = pino({ level: 'debug' }, { write: (line) => void logged.push(line) });
  const settings = readSettings({ DATA_DIR: dataDir, PUBLIC_URL: 'http://localhost:3000', ...environment });
  const cores: Core[] = [];
  const redisClient = new Redis(redis.url);
  // It is cut on purpose by some tests.
  redisClient.on('error', () => {});
  const databaseUrl = await reach(database.url);
  const open = async () => {
    const core = await createCore({
      ...quick,
      settings,
      databaseUrl,
      redisUrl: redis.url,
      log,
      ...options,
    });
    cores.push(core);
    return core;
  };
  return {
    core: await open(),
    database,
    redis,
    redisClient,
    dataDir,
    logged,
    another: open,
    async close() {
      await Promise.all(cores.map((core) => core.close()));
      redisClient.disconnect();
      await Promise.all([database.drop(), redis.stop()]);
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

let accounts = 0;
/** An account with one linked chat user, `user-<n>` on the web. */
export async function makeMember(
  core: Core,
  { plan = 'free' }: { plan?: string } = {},
): Promise<{ account: Account; userId: string }> {
  const number = ++accounts;
  const id = crypto.randomUUID();
  const userId = `user-${number}`;
  await core.database.prisma.account.create({ data: { id, email: `member-${number}@example.com`, planSlug: plan } });
  await core.database.prisma.identity.create({
    data: { id: crypto.randomUUID(), platform: 'web', platformUserId: userId, accountId: id, createdAt: new Date() },
  });
  await core.accounts.announce();
  return { account: await core.accounts.get(id), userId };
}

/** Gives the account's plan other limits; a plan of its own, so that tests don't meet. */
export async function makePlan(
  core: Core,
  limits: Partial<{
    perDay: number;
    perMonth: number | null;
    perMinute: number;
    cooldownSeconds: number;
    concurrent: number;
    priority: number;
  }>,
): Promise<string> {
  const slug = `plan-${crypto.randomUUID().slice(0, 8)}`;
  await core.database.prisma.plan.create({
    data: {
      slug,
      name: slug,
      perDay: 20,
      perMonth: null,
      perMinute: 100_000,
      cooldownSeconds: 0,
      concurrent: 100_000,
      priority: 100,
      ...limits,
    },
  });
  return slug;
}
