import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DiscordEmulator, startDiscord } from '../../test/emulators/discord/index.ts';
import { type ReplicateEmulator, startReplicate } from '../../test/emulators/replicate/index.ts';
import { startTestCore } from '../../test/support/core.ts';

let discord: DiscordEmulator;
let replicate: ReplicateEmulator;
/** Takes connections and never answers. */
let silent: Server;
beforeAll(async () => {
  [discord, replicate] = await Promise.all([startDiscord(), startReplicate()]);
  silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  silent.closeAllConnections();
  silent.close();
  await Promise.all([discord.close(), replicate.close()]);
});

test('says of each thing whether it works, is off, is away or refuses us, and which setting to look at', async () => {
  const { port } = silent.address() as AddressInfo;
  const service = await startTestCore({
    environment: {
      DISCORD_TOKEN: discord.token,
      DISCORD_API_URL: discord.apiUrl,
      TELEGRAM_BOT_TOKEN: '1:hunter2',
      TELEGRAM_API_URL: `http://127.0.0.1:${port}`,
      REPLICATE_API_TOKEN: 'hunter2',
      REPLICATE_API_URL: replicate.apiUrl,
      SMTP_URL: 'smtp://easel:hunter2@127.0.0.1:1',
    },
  });
  const began = performance.now();
  const { probes } = await service.core.probes.look();
  expect(performance.now() - began).toBeLessThan(5_000);
  expect(probes).toEqual([
    { name: 'postgres', state: 'working', ms: expect.any(Number) },
    { name: 'redis', state: 'working', ms: expect.any(Number) },
    { name: 'discord', state: 'working', ms: expect.any(Number) },
    { name: 'telegram', state: 'failing', reason: 'away', detail: expect.any(String), setting: 'TELEGRAM_BOT_TOKEN' },
    { name: 'stripe', state: 'off', setting: 'STRIPE_SECRET_KEY' },
    { name: 'replicate', state: 'failing', reason: 'refused', detail: 'HTTP 401', setting: 'REPLICATE_API_TOKEN' },
    { name: 'mail', state: 'failing', reason: 'away', detail: 'ESOCKET', setting: 'SMTP_URL' },
  ]);
  expect(JSON.stringify(probes)).not.toContain('hunter2');
  await service.close();
});

test('asks again only after some seconds, and notices what went away', async () => {
  let now = Date.parse('2026-11-21T12:00:00Z');
  const service = await startTestCore({ clock: () => new Date(now) });
  const { look } = service.core.probes;
  const first = await look();
  await service.redis.kill();
  expect(await look()).toBe(first);
  now += 10_000;
  const redis = (await look()).probes.find(({ name }) => name === 'redis');
  expect(redis).toMatchObject({ state: 'failing', reason: 'away', setting: 'REDIS_URL' });
  await service.close();
});
