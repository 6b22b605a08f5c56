import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Redis } from 'ioredis';
import { z } from 'zod';

/** A process of Easel that was alive within the last 15 seconds. */
export type Present = z.infer<typeof present>;

const present = z.object({
  id: z.string(),
  roles: z.array(z.string()),
  host: z.string(),
  pid: z.number(),
  /** When it started, ISO 8601. */
  since: z.string(),
});

const beatMs = 5_000;
const expiryMs = 15_000;
/** Ids of all that came and did not leave; who of them lives is told by their own keys, which expire. */
const idsKey = 'presence';

/** Who is running: every process says so in Redis every 5 seconds, and is forgotten when it stops saying so. */
export function createPresence({ client }: { client: Pick<Redis, 'multi' | 'smembers' | 'mget' | 'srem'> }) {
  /**
   * Says from now on that this process does these roles. Redis may come and go meanwhile.
   * @returns what takes it back, once the process stops
   */
  async function keep(roles: readonly string[]): Promise<() => Promise<void>> {
    const me: Present = {
      id: randomUUID(),
      roles: [...roles],
      host: hostname(),
      pid: process.pid,
      since: new Date().toISOString(),
    };
    const beat = () =>
      client
        .multi()
        .sadd(idsKey, me.id)
        .set(keyOf(me.id), JSON.stringify(me), 'PX', expiryMs)
        .exec()
        // Nobody is told while Redis is away; the next beat makes up for it.
        .catch(() => {});
    await beat();
    const beating = setInterval(beat, beatMs);
    return async () => {
      clearInterval(beating);
      await client
        .multi()
        .srem(idsKey, me.id)
        .del(keyOf(me.id))
        .exec()
        .catch(() => {});
    };
  }

  /** Everyone alive, the oldest first. Rejects when Redis is away. */
  async function list(): Promise<Present[]> {
    const ids = await client.smembers(idsKey);
    if (!ids.length) return [];
    const texts = await client.mget(ids.map(keyOf));
    const gone = ids.filter((_, index) => texts[index] === null);
    if (gone.length) await client.srem(idsKey, ...gone);
    return texts
      .filter((text) => text !== null)
      .map((text) => present.parse(JSON.parse(text)))
      .sort((a, b) => a.since.localeCompare(b.since));
  }

  return { keep, list };
}

const keyOf = (id: string) => `presence:${id}`;
