import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from '@prisma/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type DiscordEmulator, startDiscord } from '../emulators/discord/index.ts';
import { type ReplicateEmulator, startReplicate } from '../emulators/replicate/index.ts';
import { createTestDatabase, startTestRedis, type TestDatabase, type TestRedis } from '../support/servers.ts';
import { type EaselProcess, startEasel } from './process.ts';

/** Everything real but the outside services, which count what they are asked for. */
describe('after a crash', () => {
  let database: TestDatabase;
  let redis: TestRedis;
  let replicate: ReplicateEmulator;
  let discord: DiscordEmulator;
  let prisma: PrismaClient;
  let dataDir: string;
  const running: EaselProcess[] = [];

  beforeEach(async () => {
    [database, redis, replicate, discord] = await Promise.all([
      createTestDatabase(),
      startTestRedis(),
      startReplicate(),
      startDiscord({ identifyIntervalMs: 0 }),
    ]);
    dataDir = mkdtempSync(path.join(tmpdir(), 'easel-crash-'));
    prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: database.url }) });
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((each) => each.kill()));
    await prisma.$disconnect();
    await Promise.all([database.drop(), redis.stop(), replicate.close(), discord.close()]);
    rmSync(dataDir, { recursive: true, force: true });
  });

  async function easel(...roles: string[]): Promise<EaselProcess> {
    const started = await startEasel(roles, {
      DATA_DIR: dataDir,
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      REPLICATE_API_TOKEN: replicate.token,
      REPLICATE_API_URL: replicate.apiUrl,
      DISCORD_TOKEN: discord.token,
      DISCORD_API_URL: discord.apiUrl,
    });
    running.push(started);
    return started;
  }

  /** A member who has linked Discord. */
  async function makeMember() {
    const user = discord.user({ username: 'ada' });
    const account = await prisma.account.create({ data: { id: crypto.randomUUID(), email: 'ada@example.com' } });
    await prisma.identity.create({
      data: { id: crypto.randomUUID(), platform: 'discord', platformUserId: user.id, accountId: account.id },
    });
    return user;
  }

  async function ask(model: string) {
    const user = await makeMember();
    const channel = discord.guildChannel({});
    const interaction = await user.command('imagine', { prompt: 'a red fox', model, seed: 7 }, { channel });
    await interaction.reply();
    return { user, channel, interaction };
  }

  const stateIs = (...states: string[]) =>
    vi.waitFor(async () => expect(states).toContain((await prisma.generation.findFirstOrThrow()).state), patience);

  /** What must be true in the end, wherever the power was cut. */
  async function expectOneOfEverything(channel: { messages: readonly { attachments: readonly unknown[] }[] }) {
    await vi.waitFor(async () => expect((await prisma.delivery.findFirstOrThrow()).state).toBe('delivered'), patience);
    const generation = await prisma.generation.findFirstOrThrow({ include: { images: true, quotaEntries: true } });
    expect(generation.state).toBe('succeeded');
    expect(generation.images).toHaveLength(1);
    expect(generation.quotaEntries.map(({ kind, images }) => [kind, images]).sort()).toEqual([
      ['commit', 1],
      ['reserve', 1],
    ]);
    expect(replicate.predictions.list()).toHaveLength(1);
    expect(channel.messages.filter(({ attachments }) => attachments.length > 0)).toHaveLength(1);
    expect(await prisma.delivery.count()).toBe(1);
  }

  it('before the prediction was made: it is made once', async () => {
    replicate.failNext({ step: 'create', reset: 'before' });
    const worker = await easel('worker', 'discord');
    const { channel } = await ask('flux-dev');
    await vi.waitFor(() => expect(replicate.creations).toBe(1), patience);
    await worker.kill();
    await easel('worker', 'discord');
    await expectOneOfEverything(channel);
    expect(replicate.creations).toBe(2);
  });

  it('after the prediction was made and before its id was kept: it is found', async () => {
    replicate.failNext({ step: 'create', delayMs: 20_000 });
    const worker = await easel('worker', 'discord');
    const { channel } = await ask('flux-dev');
    await replicate.nextPrediction();
    await worker.kill();
    await easel('worker', 'discord');
    await expectOneOfEverything(channel);
    expect(replicate.creations).toBe(1);
  });

  it('while waiting for it: it is followed on', async () => {
    replicate.holdPredictions();
    const worker = await easel('worker', 'discord');
    const { channel } = await ask('flux-dev');
    const prediction = await replicate.nextPrediction();
    await stateIs('running');
    await worker.kill();
    await easel('worker', 'discord');
    replicate.release(prediction.id);
    await expectOneOfEverything(channel);
    expect(replicate.creations).toBe(1);
  });

  it('while fetching the picture: it is fetched again', async () => {
    replicate.failNext({ step: 'file', delayMs: 20_000 });
    const worker = await easel('worker', 'discord');
    const { channel } = await ask('flux-dev');
    await vi.waitFor(
      () => expect(replicate.calls.some(({ path: called }) => called.startsWith('/files/'))).toBe(true),
      patience,
    );
    await worker.kill();
    await easel('worker', 'discord');
    await expectOneOfEverything(channel);
    expect(replicate.creations).toBe(1);
  });

  it('while delivering: it is delivered once', async () => {
    const worker = await easel('worker');
    const bot = await easel('discord');
    const { channel } = await ask('flux-dev');
    discord.failNext({
      route: 'PATCH /webhooks/{webhook_id}/{webhook_token}/messages/@original',
      delay: 20_000,
      times: 1,
    });
    await stateIs('succeeded');
    await vi.waitFor(async () => expect((await prisma.delivery.findFirstOrThrow()).attempts).toBe(1), patience);
    await bot.kill();
    await easel('discord');
    await expectOneOfEverything(channel);
    expect(worker.output()).not.toContain('a red fox');
  });

  it('of Redis, emptied, in the middle: the work goes on', async () => {
    replicate.holdPredictions();
    await easel('worker', 'discord');
    const { channel } = await ask('flux-dev');
    const prediction = await replicate.nextPrediction();
    await stateIs('running');
    await redis.kill();
    await redis.restart({ empty: true });
    replicate.release(prediction.id);
    await expectOneOfEverything(channel);
    expect(replicate.creations).toBe(1);
  });
});

const patience = { timeout: 25_000, interval: 50 };
