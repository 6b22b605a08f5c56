import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createWorld, patience, type World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.close());

describe('when the power of Easel is cut', () => {
  it('before the prediction was made: it is made once', async () => {
    const { replicate, easel, ask, expectOneOfEverything } = world;
    replicate.failNext({ step: 'create', reset: 'before' });
    const first = await easel('worker', 'discord');
    const { channel } = await ask();
    await vi.waitFor(() => expect(replicate.creations).toBe(1), patience);
    await first.kill();
    await easel('worker', 'discord');
    await expectOneOfEverything(channel);
    expect(replicate.creations).toBe(2);
  });

  it('after the prediction was made and before its id was kept: it is found', async () => {
    const { replicate, easel, ask, expectOneOfEverything } = world;
    replicate.failNext({ step: 'create', delayMs: 20_000 });
    const first = await easel('worker', 'discord');
    const { channel } = await ask();
    await replicate.nextPrediction();
    await first.kill();
    await easel('worker', 'discord');
    await expectOneOfEverything(channel);
    expect(replicate.creations).toBe(1);
  });

  it('while waiting for it: it is followed on', async () => {
    const { replicate, easel, ask, stateIs, expectOneOfEverything } = world;
    replicate.holdPredictions();
    const first = await easel('worker', 'discord');
    const { channel } = await ask();
    const prediction = await replicate.nextPrediction();
    await stateIs('running');
    await first.kill();
    await easel('worker', 'discord');
    replicate.release(prediction.id);
    await expectOneOfEverything(channel);
    expect(replicate.creations).toBe(1);
  });

  it('while fetching the picture: it is fetched again', async () => {
    const { replicate, easel, ask, expectOneOfEverything } = world;
    replicate.failNext({ step: 'file', delayMs: 20_000 });
    const first = await easel('worker', 'discord');
    const { channel } = await ask();
    const isFetching = () => replicate.calls.some(({ path }) => path.startsWith('/files/'));
    await vi.waitFor(() => expect(isFetching()).toBe(true), patience);
    await first.kill();
    await easel('worker', 'discord');
    await expectOneOfEverything(channel);
    expect(replicate.creations).toBe(1);
  });

  it('while delivering: it is delivered once', async () => {
    const { discord, replicate, prisma, easel, ask, stateIs, expectOneOfEverything } = world;
    replicate.holdPredictions();
    const worker = await easel('worker');
    const bot = await easel('discord');
    const { channel } = await ask();
    const prediction = await replicate.nextPrediction();
    await stateIs('running');
    // One for the result and one for an edit of progress that may come between.
    discord.failNext({ route: editReply, delay: 3_000, times: 2 });
    replicate.release(prediction.id);
    await vi.waitFor(async () => expect((await prisma.delivery.findFirstOrThrow()).attempts).toBe(1), patience);
    await bot.kill();
    await easel('discord');
    await expectOneOfEverything(channel);
    expect(worker.output()).not.toContain('a red fox');
  });
});

describe('when Easel is stopped in order', () => {
  it('while waiting for a picture: it does not wait, and the next worker goes on at once', async () => {
    const { replicate, easel, ask, stateIs, expectOneOfEverything } = world;
    replicate.holdPredictions();
    const first = await easel('worker');
    await easel('discord');
    const { channel } = await ask();
    const prediction = await replicate.nextPrediction();
    await stateIs('running');
    expect(await first.stop()).toBe(0);
    await easel('worker');
    replicate.release(prediction.id);
    await expectOneOfEverything(channel);
    expect(replicate.creations).toBe(1);
  });
});

/** Each brings a generation to one step of its way, and answers how to let it go on. */
const steps: [string, () => Promise<{ channel: Awaited<ReturnType<World['ask']>>['channel']; goOn(): void }>][] = [
  [
    'while it is made',
    async () => {
      const { replicate, easel, ask } = world;
      replicate.failNext({ step: 'create', delayMs: 1_000 });
      await easel('worker', 'discord');
      const { channel } = await ask();
      await replicate.nextPrediction();
      return { channel, goOn: () => {} };
    },
  ],
  [
    'while it runs',
    async () => {
      const { replicate, easel, ask, stateIs } = world;
      replicate.holdPredictions();
      await easel('worker', 'discord');
      const { channel } = await ask();
      const prediction = await replicate.nextPrediction();
      await stateIs('running');
      return { channel, goOn: () => replicate.release(prediction.id) };
    },
  ],
  [
    'while it is fetched',
    async () => {
      const { replicate, easel, ask, stateIs } = world;
      replicate.failNext({ step: 'file', delayMs: 1_000 });
      await easel('worker', 'discord');
      const { channel } = await ask();
      await stateIs('fetching');
      return { channel, goOn: () => {} };
    },
  ],
  [
    'while it is delivered',
    async () => {
      const { discord, prisma, replicate, easel, ask, stateIs } = world;
      replicate.holdPredictions();
      await easel('worker', 'discord');
      const { channel } = await ask();
      const prediction = await replicate.nextPrediction();
      await stateIs('running');
      discord.failNext({ route: editReply, delay: 1_000, times: 2 });
      replicate.release(prediction.id);
      await vi.waitFor(async () => expect((await prisma.delivery.findFirstOrThrow()).attempts).toBe(1), patience);
      return { channel, goOn: () => {} };
    },
  ],
];

describe('when Redis is killed and comes back', () => {
  it.each(steps)('%s, with nothing left: the work goes on', async (_name, arrive) => {
    const { replicate, redis, expectOneOfEverything } = world;
    const { channel, goOn } = await arrive();
    await redis.kill();
    goOn();
    await redis.restart({ empty: true });
    await expectOneOfEverything(channel);
    expect(replicate.creations).toBe(1);
  });

  it('while it runs, with what it had: the work goes on', async () => {
    const { replicate, redis, easel, ask, stateIs, expectOneOfEverything } = world;
    replicate.holdPredictions();
    await easel('worker', 'discord');
    const { channel } = await ask();
    const prediction = await replicate.nextPrediction();
    await stateIs('running');
    await redis.kill();
    await redis.restart();
    replicate.release(prediction.id);
    await expectOneOfEverything(channel);
    expect(replicate.creations).toBe(1);
  });

  it('just before a result: it is delivered afterwards', async () => {
    const { replicate, redis, easel, ask, stateIs, expectOneOfEverything } = world;
    replicate.holdPredictions();
    await easel('worker', 'discord');
    const { channel } = await ask();
    const prediction = await replicate.nextPrediction();
    await stateIs('running');
    await redis.kill();
    replicate.release(prediction.id);
    await stateIs('succeeded');
    await redis.restart({ empty: true });
    await expectOneOfEverything(channel);
    expect(replicate.creations).toBe(1);
  });
});

describe('when Postgres cannot be reached for ten seconds', () => {
  it.each(steps)('%s: the work goes on', { timeout: 90_000 }, async (_name, arrive) => {
    const { replicate, cable, expectOneOfEverything } = world;
    const { channel, goOn } = await arrive();
    cable.cut();
    goOn();
    await new Promise((resolve) => setTimeout(resolve, 10_000));
    cable.plug();
    await expectOneOfEverything(channel);
    expect(replicate.creations).toBe(1);
  });

  it('somebody asks: they are told, and nothing is spent', { timeout: 60_000 }, async () => {
    const { cable, prisma, discord, easel, ask } = world;
    await easel('worker', 'discord');
    const { user, channel } = await ask();
    cable.cut();
    const interaction = await user.command('imagine', { prompt: 'a second fox' }, { channel });
    const answer = await interaction.reply();
    expect(answer.content).toMatch(/charged|right now/);
    cable.plug();
    expect(await prisma.generation.count()).toBe(1);
    expect(discord.calls.length).toBeGreaterThan(0);
  });
});

describe('when Replicate', () => {
  it.each([
    ['answers 429', { status: 429, retryAfterSeconds: 0 }, 0],
    ['resets the connection before it heard', { reset: 'before' as const }, 0],
    ['resets the connection after it heard', { reset: 'after' as const }, 1],
  ])('%s: one request an attempt', async (_name, fault, heard) => {
    const { replicate, easel, ask, expectOneOfEverything } = world;
    replicate.failNext({ step: 'create', ...fault });
    await easel('worker', 'discord');
    const { channel } = await ask();
    await expectOneOfEverything(channel);
    expect(replicate.creations).toBe(heard ? 1 : 2);
  });
});

const editReply = 'PATCH /webhooks/{webhook_id}/{webhook_token}/messages/@original';
