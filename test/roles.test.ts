import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDiscord } from './emulators/discord/index.ts';
import { startTelegram } from './emulators/telegram/index.ts';
import { startRoleProcess } from './support/role-process.ts';
import { createTestDatabase, startTestRedis } from './support/servers.ts';

/** The heavy packages, and the roles that may load each. */
const homes = {
  'discord.js': ['discord'],
  telegraf: ['telegram'],
  adminjs: ['admin'],
  express: ['web', 'admin'],
} as const;
/** What each loads at its start; the panel comes with its first visitor. */
const atStart = {
  web: ['express'],
  worker: ['sharp'],
  discord: ['discord.js'],
  telegram: ['telegraf'],
  admin: ['express'],
} as const;
const roles = ['web', 'worker', 'discord', 'telegram', 'admin'] as const;

describe('a process of one role', () => {
  let environment: Record<string, string>;
  const closing: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    const [database, redis, discord, telegram] = await Promise.all([
      createTestDatabase(),
      startTestRedis(),
      startDiscord(),
      startTelegram(),
    ]);
    environment = {
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      DISCORD_TOKEN: discord.token,
      DISCORD_API_URL: discord.apiUrl,
      TELEGRAM_BOT_TOKEN: telegram.token,
      TELEGRAM_API_URL: telegram.url,
    };
    closing.push(
      () => redis.stop(),
      () => database.drop(),
      () => discord.close(),
      () => telegram.close(),
    );
  });
  afterAll(() => Promise.all(closing.map((close) => close())));

  it.each(roles)('%s loads its own packages and no other role’s', { timeout: 60_000 }, async (role) => {
    const running = await startRoleProcess([role], environment, { watchPackages: true });
    const packages = await running.readPackages();
    await running.stop();
    const foreign = Object.entries(homes).flatMap(([name, allowed]) =>
      packages.includes(name) && !allowed.some((each) => each === role) ? [name] : [],
    );
    expect(foreign).toEqual([]);
    // Also that the watch itself works.
    expect(packages).toEqual(expect.arrayContaining([...atStart[role]]));
  });
});
