import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startTestRedis, type TestRedis } from '../test/support/servers.ts';
import { createEvents } from './events.ts';
import { openRedis } from './redis.ts';

describe('news between processes', () => {
  let server: TestRedis;
  let logged: string[];
  const connections: ReturnType<typeof openRedis>[] = [];
  beforeEach(async () => {
    server = await startTestRedis();
    logged = [];
  });
  afterEach(async () => {
    await Promise.all(connections.splice(0).map((each) => each.close()));
    await server.stop();
  });

  const join = async () => {
    const log = pino({ level: 'debug' }, { write: (line) => void logged.push(line) });
    const redis = openRedis({ url: server.url, log });
    await redis.connect();
    connections.push(redis);
    return createEvents({ redis, log });
  };
  type Events = Awaited<ReturnType<typeof join>>;
  const listen = async (events: Events, channel: string) => {
    const heard: unknown[] = [];
    const stop = await events.subscribe(channel, (payload) => void heard.push(payload));
    return { heard, stop };
  };
  /** Publishes until it is heard: news may be lost while a connection comes back. */
  const reach = (from: Events, channel: string, heard: unknown[], payload: unknown) =>
    vi.waitFor(
      async () => {
        await from.publish(channel, payload);
        expect(heard).toContainEqual(payload);
      },
      { timeout: 15_000, interval: 50 },
    );

  it('reaches everyone who listens on the channel, and nobody else', async () => {
    const [one, two] = [await join(), await join()];
    const here = await listen(one, 'a');
    const there = await listen(two, 'a');
    const elsewhere = await listen(two, 'b');
    await reach(one, 'a', there.heard, { n: 1 });
    await reach(one, 'a', here.heard, { n: 2 });
    expect(elsewhere.heard).toEqual([]);
  });

  it('ends for a listener who stops, and goes on for the others', async () => {
    const events = await join();
    const [first, second] = [await listen(events, 'a'), await listen(events, 'a')];
    await reach(events, 'a', first.heard, 1);
    first.stop();
    first.stop();
    await reach(events, 'a', second.heard, 2);
    expect(first.heard).not.toContain(2);
    second.stop();
    const third = await listen(events, 'a');
    await reach(events, 'a', third.heard, 3);
    expect(second.heard).not.toContain(3);
  });

  it('goes to the other listeners when one fails', async () => {
    const events = await join();
    await events.subscribe('a', () => {
      throw new Error('a listener of ours is broken');
    });
    const { heard } = await listen(events, 'a');
    await reach(events, 'a', heard, 'still here');
    expect(logged.join('\n')).toContain('a listener failed');
  });

  it('is lost without a failure while Redis is away, and heard again when it is back', async () => {
    const [one, two] = [await join(), await join()];
    const before = await listen(two, 'before');
    await reach(one, 'before', before.heard, 1);
    await server.kill();
    await vi.waitFor(() => expect(logged.join('\n')).toContain('Redis is away'));
    const started = performance.now();
    await one.publish('before', 2);
    expect(performance.now() - started).toBeLessThan(500);
    const meanwhile = await listen(two, 'meanwhile');
    await server.restart();
    await reach(one, 'before', before.heard, 3);
    await reach(one, 'meanwhile', meanwhile.heard, 4);
    expect(before.heard).not.toContain(2);
  });
});
