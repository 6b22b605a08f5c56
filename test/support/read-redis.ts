import type { Redis } from 'ioredis';

/** Everything that Redis holds, by key, as it stands. */
export async function readAllRedis(client: Redis): Promise<Record<string, unknown>> {
  const keys = await client.keys('*');
  const values = await Promise.all(keys.map(async (key) => read(client, key, await client.type(key))));
  return Object.fromEntries(keys.map((key, index) => [key, values[index]]));
}

function read(client: Redis, key: string, type: string): Promise<unknown> {
  switch (type) {
    case 'string':
      return client.get(key);
    case 'hash':
      return client.hgetall(key);
    case 'list':
      return client.lrange(key, 0, -1);
    case 'set':
      return client.smembers(key);
    case 'zset':
      return client.zrange(key, '0', '-1');
    case 'stream':
      return client.xrange(key, '-', '+');
    case 'none':
      // It ended between being listed and being read.
      return Promise.resolve(null);
    default:
      throw new Error(`Cannot read a ${type}`);
  }
}
