import type { Log } from './log.ts';
import type { RedisClient } from './redis.ts';

/**
 * Passing news between processes by Redis publish/subscribe. News may be lost; nothing depends on it
 * but how soon something is noticed.
 */
export type Events = ReturnType<typeof createEvents>;

export function createEvents({ redis, log }: { redis: Pick<RedisClient, 'client' | 'subscriber'>; log: Log }) {
  const handlers = new Map<string, Set<(payload: unknown) => void>>();

  redis.subscriber.on('message', (channel: string, text: string) => {
    for (const handle of handlers.get(channel) ?? []) {
      try {
        handle(JSON.parse(text));
      } catch (error) {
        log.error({ err: error, channel }, 'a listener failed');
      }
    }
  });

  /** Tells everyone who listens to `channel`. Never throws: news may be lost. */
  async function publish(channel: string, payload: unknown): Promise<void> {
    await redis.client.publish(prefix + channel, JSON.stringify(payload)).catch((error: Error) => {
      log.debug({ err: error.message, channel }, 'news was lost');
    });
  }

  /** Listens until the returned function is called. Survives a Redis that comes and goes. */
  async function subscribe(channel: string, handle: (payload: unknown) => void): Promise<() => void> {
    const name = prefix + channel;
    const listening = handlers.get(name);
    if (listening) listening.add(handle);
    else {
      handlers.set(name, new Set([handle]));
      // Queued by ioredis while away, and subscribed again after every reconnection.
      redis.subscriber
        .subscribe(name)
        .catch((error: Error) => log.warn({ err: error.message }, 'could not listen for news'));
    }
    return () => {
      const current = handlers.get(name);
      current?.delete(handle);
      if (current?.size === 0) {
        handlers.delete(name);
        redis.subscriber.unsubscribe(name).catch(() => {});
      }
    };
  }

  return { publish, subscribe };
}

const prefix = 'easel:';
