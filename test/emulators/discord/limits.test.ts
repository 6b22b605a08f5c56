import { DiscordAPIError, HTTPError, RateLimitError, REST } from 'discord.js';
import { afterEach, describe, expect, it } from 'vitest';
import type { ChannelHandle, DiscordEmulator, DiscordOptions } from './index.ts';
import { startDiscord } from './index.ts';

const CREATE = 'POST /channels/{channel_id}/messages';

describe('limits and failures', () => {
  let discord: DiscordEmulator;
  let channel: ChannelHandle;
  let rest: REST;

  async function start(options: DiscordOptions = {}, retries = 3): Promise<void> {
    discord = await startDiscord(options);
    channel = discord.guildChannel();
    rest = new REST({ api: discord.apiUrl, retries, timeout: 2_000 }).setToken(discord.token);
  }
  afterEach(() => discord.close());

  const post = (content: string, body: object = {}) =>
    rest.post(`/channels/${channel.id}/messages`, { body: { content, ...body } });
  const raw = (token = discord.token) =>
    fetch(`${discord.apiUrl}/v10/users/@me`, { headers: { authorization: `Bot ${token}` } });
  const statuses = () => discord.calls.map((call) => call.status);

  it('counts a bucket in its headers and answers 429 past it', async () => {
    await start({ rateLimits: { self: { limit: 2, perMs: 60_000 } } });
    const [first, second, third] = [await raw(), await raw(), await raw()];
    expect(first.headers.get('x-ratelimit-limit')).toBe('2');
    expect(first.headers.get('x-ratelimit-bucket')).toBe(second.headers.get('x-ratelimit-bucket'));
    expect([first, second].map((each) => each.headers.get('x-ratelimit-remaining'))).toEqual(['1', '0']);
    expect(third.status).toBe(429);
    expect(third.headers.get('x-ratelimit-scope')).toBe('user');
    const body = (await third.json()) as { retry_after: number; global: boolean };
    expect(body.global).toBe(false);
    expect(body.retry_after).toBeGreaterThan(50);
    expect(third.headers.get('retry-after')).toBe(String(Math.ceil(body.retry_after)));
    expect(discord.invalidRequests()).toBe(1);
  });

  it('lets the real client keep within a bucket by itself', async () => {
    await start({ rateLimits: { createMessage: { limit: 2, perMs: 150 } } });
    await Promise.all(['a', 'b', 'c', 'd', 'e'].map((content) => post(content)));
    expect(channel.messages).toHaveLength(5);
    expect(statuses()).not.toContain(429);
  });

  it('counts channels apart', async () => {
    await start({ rateLimits: { createMessage: { limit: 1, perMs: 60_000 } } });
    const other = discord.guildChannel();
    for (const { id } of [channel, other]) await rest.post(`/channels/${id}/messages`, { body: { content: 'x' } });
    expect(statuses()).toEqual([200, 200]);
  });

  it('answers the real client 429 when all calls together are too many', async () => {
    await start({ globalPerSecond: 2 });
    rest = new REST({ api: discord.apiUrl, rejectOnRateLimit: () => true }).setToken(discord.token);
    await raw();
    await raw();
    const refused = await raw();
    expect(refused.headers.get('x-ratelimit-global')).toBe('true');
    expect(await refused.json()).toMatchObject({ global: true });
    await expect(post('x')).rejects.toBeInstanceOf(RateLimitError);
  });

  it('shuts an address out after too many refused calls', async () => {
    await start({ invalidLimit: 3 });
    for (let n = 0; n < 3; n += 1) expect((await raw('wrong')).status).toBe(401);
    expect(discord.invalidRequests()).toBe(3);
    const shut = await raw();
    expect(shut.status).toBe(429);
    expect(shut.headers.get('via')).toBeNull();
  });

  it('fails once with a status, which the client repeats', async () => {
    await start();
    discord.failNext({ route: CREATE, status: 502 });
    await post('x');
    expect(statuses()).toEqual([502, 200]);
    discord.failNext({ route: CREATE, status: 500, times: 4 });
    await expect(post('y')).rejects.toBeInstanceOf(HTTPError);
  });

  it('fails once with a 429 that the client waits out', async () => {
    await start();
    discord.failNext({ route: CREATE, status: 429, retryAfter: 0.05 });
    await post('x');
    expect(statuses()).toEqual([429, 200]);
  });

  it('loses an answer after the deed, which a nonce makes harmless', async () => {
    await start();
    discord.failNext({ route: CREATE, reset: 'after' });
    await post('careless');
    expect(channel.messages.filter((message) => message.content === 'careless')).toHaveLength(2);
    discord.failNext({ route: CREATE, reset: 'after' });
    await post('careful', { nonce: 'n', enforce_nonce: true });
    expect(channel.messages.filter((message) => message.content === 'careful')).toHaveLength(1);
  });

  it('cuts a connection before the deed and holds an answer back', async () => {
    await start({}, 0);
    discord.failNext({ route: CREATE, reset: 'before' });
    await expect(post('x')).rejects.toThrow();
    expect(channel.messages).toEqual([]);
    discord.failNext({ route: CREATE, delay: 120 });
    const began = performance.now();
    await post('y');
    expect(performance.now() - began).toBeGreaterThanOrEqual(119);
  });

  it('takes no failure that could never happen', async () => {
    await start();
    expect(() => discord.failNext({ route: 'POST /nowhere', status: 500 })).toThrow('No route');
    expect(() => discord.failNext({ route: CREATE })).toThrow('needs a status');
  });

  it('gives the real client errors that it understands', async () => {
    await start();
    channel.refuse(50013);
    await expect(post('x')).rejects.toBeInstanceOf(DiscordAPIError);
    const call = await discord.waitForCall((each) => each.status === 403);
    expect(call).toMatchObject({
      method: 'POST',
      template: '/channels/{channel_id}/messages',
      code: 50013,
      body: { content: 'x' },
    });
    expect(JSON.stringify(discord.calls)).not.toContain(discord.token);
  });
});
