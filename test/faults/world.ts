import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from '@prisma/client';
import { expect, vi } from 'vitest';
import { type ChannelHandle, startDiscord } from '../emulators/discord/index.ts';
import { startReplicate } from '../emulators/replicate/index.ts';
import { createTestDatabase, startTestRedis } from '../support/servers.ts';
import { startCable } from './cable.ts';
import { type EaselProcess, startEasel } from './process.ts';

export const patience = { timeout: 30_000, interval: 50 };

export type World = Awaited<ReturnType<typeof createWorld>>;

/** Real servers, outside services that count what they are asked for, and Easel in processes that can be killed. */
export async function createWorld({ environment = {} }: { environment?: Record<string, string> } = {}) {
  const [database, redis, replicate, discord] = await Promise.all([
    createTestDatabase(),
    startTestRedis(),
    startReplicate(),
    startDiscord({ identifyIntervalMs: 0 }),
  ]);
  // Easel reaches Postgres by a cable that can be cut; the test itself does not.
  const cable = await startCable(Number(new URL(database.url).port));
  const databaseUrl = Object.assign(new URL(database.url), { port: String(cable.port) }).href;
  const dataDir = mkdtempSync(path.join(tmpdir(), 'easel-faults-'));
  const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: database.url }) });
  const running: EaselProcess[] = [];

  async function easel(...roles: string[]): Promise<EaselProcess> {
    const started = await startEasel(roles, {
      DATA_DIR: dataDir,
      DATABASE_URL: databaseUrl,
      REDIS_URL: redis.url,
      REPLICATE_API_TOKEN: replicate.token,
      REPLICATE_API_URL: replicate.apiUrl,
      DISCORD_TOKEN: discord.token,
      DISCORD_API_URL: discord.apiUrl,
      ...environment,
    });
    running.push(started);
    return started;
  }

  /** A chat user who is linked to an account. */
  async function link(platform: 'discord' | 'telegram' | 'web', platformUserId: string): Promise<string> {
    const id = crypto.randomUUID();
    await prisma.account.create({ data: { id, email: `${id}@example.com` } });
    await prisma.identity.create({ data: { id: crypto.randomUUID(), platform, platformUserId, accountId: id } });
    return id;
  }

  /** Somebody asks for a picture on Discord and sees that it was heard. */
  async function ask(input: Record<string, string | number> = {}) {
    const user = discord.user({ username: 'ada' });
    await link('discord', user.id);
    const channel = discord.guildChannel({});
    const interaction = await user.command(
      'imagine',
      { prompt: 'a red fox', model: 'flux-dev', ...input },
      { channel },
    );
    await interaction.reply();
    return { user, channel, interaction };
  }

  const stateIs = (...states: string[]) =>
    vi.waitFor(async () => expect(states).toContain((await prisma.generation.findFirstOrThrow()).state), patience);

  /** What must be true in the end, whatever went wrong on the way. */
  async function expectOneOfEverything(channel: ChannelHandle) {
    await vi.waitFor(async () => expect((await prisma.delivery.findFirstOrThrow()).state).toBe('delivered'), patience);
    const generation = await prisma.generation.findFirstOrThrow({ include: { images: true, quotaEntries: true } });
    expect(generation.state).toBe('succeeded');
    expect(generation.images).toHaveLength(1);
    expect(generation.costMicros).toBeGreaterThan(0);
    expect(generation.quotaEntries.map(({ kind }) => kind).sort()).toEqual(['commit', 'reserve']);
    expect(replicate.predictions.list()).toHaveLength(1);
    expect(channel.messages.filter(({ attachments }) => attachments.length > 0)).toHaveLength(1);
    expect(await prisma.delivery.count()).toBe(1);
  }

  async function close() {
    await Promise.all(running.map((each) => each.kill()));
    await prisma.$disconnect();
    await cable.close();
    await Promise.all([database.drop(), redis.stop(), replicate.close(), discord.close()]);
    rmSync(dataDir, { recursive: true, force: true });
  }

  return {
    databaseUrl: database.url,
    redis,
    replicate,
    discord,
    prisma,
    cable,
    easel,
    link,
    ask,
    stateIs,
    expectOneOfEverything,
    close,
  };
}
