import { constants, createInflate } from 'node:zlib';
import type { ChatInputCommandInteraction } from 'discord.js';
import { Client } from 'discord.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startBot } from './bot-for-test.ts';
import type { DiscordEmulator, DiscordOptions } from './index.ts';
import { startDiscord } from './index.ts';

type Frame = { op: number; d: Record<string, unknown>; t: string | null; s: number | null };

describe('the gateway', () => {
  let discord: DiscordEmulator;
  const open: (() => unknown)[] = [];

  async function start(options: DiscordOptions = {}): Promise<void> {
    await discord?.close();
    discord = await startDiscord({ identifyIntervalMs: 0, ...options });
  }
  beforeEach(() => start());
  afterEach(async () => {
    for (const close of open.splice(0)) await close();
    await discord.close();
  });

  async function answeringBot() {
    const bot = await startBot(discord, (interaction) => (interaction as ChatInputCommandInteraction).reply('pong'));
    open.push(bot.stop);
    await bot.client.application.commands.set([{ name: 'ping', description: 'x' }]);
    return bot;
  }

  /** A bare connection that collects frames; `next` resolves with the next one that fits. */
  function connect(query = 'v=10&encoding=json', path = 'gateway') {
    const socket = new WebSocket(`${discord.apiUrl.replace('http', 'ws').replace('/api', '')}/${path}?${query}`);
    open.push(() => socket.terminate());
    const closed = new Promise<number>((resolve) => socket.once('close', resolve));
    const frames: Frame[] = [];
    let wake = () => {};
    socket.on('message', (data) => {
      frames.push(JSON.parse(String(data)));
      wake();
    });
    const next = async (fits: (frame: Frame) => boolean): Promise<Frame> => {
      for (;;) {
        const found = frames.find(fits);
        if (found) return found;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    };
    return { socket, closed, next, frames, send: (op: number, d: unknown) => socket.send(JSON.stringify({ op, d })) };
  }

  const identity = (more: object = {}) => ({
    token: discord.token,
    properties: { os: 'x', browser: 'x', device: 'x' },
    intents: 0,
    ...more,
  });

  it('replays to a resuming client what it missed while the connection was broken', async () => {
    const bot = await answeringBot();
    const [session] = discord.gateway.sessionIds();
    discord.gateway.drop();
    const used = await discord.user().command('ping');
    expect((await used.reply()).content).toBe('pong');
    expect(discord.gateway.sessionIds()).toEqual([session]);
    expect(bot.faults).toEqual([]);
  });

  it('has a client reconnect when it asks for that', async () => {
    await answeringBot();
    const [session] = discord.gateway.sessionIds();
    discord.gateway.requestReconnect();
    await discord.gateway.disconnected();
    await discord.gateway.connected();
    expect(discord.gateway.sessionIds()).toEqual([session]);
    expect((await (await discord.user().command('ping')).reply()).content).toBe('pong');
  });

  it('has a zombie reconnect when heartbeats stay without an answer', async () => {
    await start({ heartbeatMs: 100 });
    await answeringBot();
    discord.gateway.silenceHeartbeats(true);
    await discord.gateway.disconnected();
    discord.gateway.silenceHeartbeats(false);
    await discord.gateway.connected();
    expect((await (await discord.user().command('ping')).reply()).content).toBe('pong');
  });

  it('makes a client begin anew after its session was declared invalid', async () => {
    await answeringBot();
    const [session] = discord.gateway.sessionIds();
    discord.gateway.invalidateSessions(false);
    await discord.gateway.disconnected();
    // The client keeps five seconds between two identifies by itself.
    await discord.gateway.connected(10_000);
    expect(discord.gateway.sessionIds()).not.toContain(session);
    expect((await (await discord.user().command('ping')).reply()).content).toBe('pong');
  });

  it('loses interactions while no bot has a session', async () => {
    const bot = await answeringBot();
    await bot.stop();
    await discord.gateway.disconnected();
    expect(discord.gateway.sessionIds()).toEqual([]);
    await expect((await discord.user().command('ping')).reply()).rejects.toThrow('no bot is connected');
  });

  it('turns a wrong token away', async () => {
    const client = new Client({ intents: 0, rest: { api: discord.apiUrl } });
    await expect(client.login('not.the.token')).rejects.toMatchObject({ code: 'TokenInvalid' });
    await client.destroy();
  });

  it('tells a client with many guilds to shard', async () => {
    await start({ guildCount: 2_501 });
    const response = await fetch(`${discord.apiUrl}/v10/gateway/bot`, {
      headers: { authorization: `Bot ${discord.token}` },
    });
    expect(await response.json()).toMatchObject({
      shards: 3,
      session_start_limit: { max_concurrency: 1, remaining: 1_000 },
    });
    const single = connect();
    await single.next((frame) => frame.op === 10);
    single.send(2, identity({ shard: [0, 1] }));
    expect(await single.closed).toBe(4011);
    const double = connect();
    await double.next((frame) => frame.op === 10);
    double.send(2, identity({ shard: [0, 2] }));
    expect((await double.next((frame) => frame.t === 'READY')).d).toMatchObject({ shard: [0, 2], v: 10 });
  });

  it.each([
    ['a wrong token', 4004, 2, { token: 'x' }],
    ['a shard outside its count', 4010, 2, { shard: [1, 1] }],
    ['an unknown intent', 4013, 2, { intents: 1 << 17 }],
    ['an intent that was not granted', 4014, 2, { intents: 1 << 15 }],
    ['no properties', 4002, 2, { properties: undefined }],
    ['anything before it identified', 4003, 3, {}],
  ])('closes on %s with %i', async (_what, code, op, more) => {
    const { next, send, closed } = connect();
    await next((frame) => frame.op === 10);
    send(op, identity(more));
    expect(await closed).toBe(code);
  });

  it('closes on another version, bad frames, a second identify and a silent heart', async () => {
    await start({ heartbeatMs: 40 });
    expect(await connect('v=8&encoding=json').closed).toBe(4012);
    const garbled = connect();
    await garbled.next((frame) => frame.op === 10);
    garbled.socket.send('{');
    expect(await garbled.closed).toBe(4002);
    const twice = connect();
    await twice.next((frame) => frame.op === 10);
    twice.send(2, identity());
    twice.send(2, identity());
    expect(await twice.closed).toBe(4005);
    expect(await connect().closed).toBe(4009);
  });

  it('declares a resume of an unknown session invalid and refuses a sequence from the future', async () => {
    const first = connect();
    await first.next((frame) => frame.op === 10);
    first.send(2, identity());
    const ready = await first.next((frame) => frame.t === 'READY');
    expect(ready.d.resume_gateway_url).toMatch(/\/resume$/);
    const stranger = connect('v=10&encoding=json', 'resume');
    await stranger.next((frame) => frame.op === 10);
    stranger.send(6, { token: discord.token, session_id: 'x', seq: 0 });
    expect((await stranger.next((frame) => frame.op === 9)).d).toBe(false);
    const early = connect('v=10&encoding=json', 'resume');
    await early.next((frame) => frame.op === 10);
    early.send(6, { token: discord.token, session_id: ready.d.session_id, seq: 99 });
    expect(await early.closed).toBe(4007);
  });

  it('starts one session at a time and counts the starts', async () => {
    await start({ identifyIntervalMs: 60_000 });
    const first = connect();
    await first.next((frame) => frame.op === 10);
    first.send(2, identity());
    await first.next((frame) => frame.t === 'READY');
    const second = connect();
    await second.next((frame) => frame.op === 10);
    second.send(2, identity());
    await second.next((frame) => frame.op === 9);
    const response = await fetch(`${discord.apiUrl}/v10/gateway/bot`, {
      headers: { authorization: `Bot ${discord.token}` },
    });
    expect(await response.json()).toMatchObject({ session_start_limit: { remaining: 999 } });
  });

  it('compresses the stream for a client that asks for it', async () => {
    const socket = new WebSocket(
      `${discord.apiUrl.replace('http', 'ws').replace('/api', '')}/gateway?v=10&encoding=json&compress=zlib-stream`,
    );
    open.push(() => socket.terminate());
    const inflate = createInflate({ finishFlush: constants.Z_SYNC_FLUSH });
    socket.on('message', (data: Buffer) => {
      expect(data.subarray(-4).toString('hex')).toBe('0000ffff');
      inflate.write(data);
    });
    const hello = await new Promise<string>((resolve) => inflate.once('data', (chunk) => resolve(String(chunk))));
    expect(JSON.parse(hello)).toMatchObject({ op: 10, d: { heartbeat_interval: 41_250 } });
    socket.send(JSON.stringify({ op: 2, d: identity() }));
    const ready = await new Promise<string>((resolve) => inflate.once('data', (chunk) => resolve(String(chunk))));
    expect(JSON.parse(ready)).toMatchObject({ t: 'READY', s: 1 });
  });
});
