import { Redis } from 'ioredis';

const patienceMs = 3_000;

/** Asks a Redis something over a connection of its own. Rejects in a few seconds when it does not answer. */
export async function askRedis<T>(url: string, ask: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url, {
    lazyConnect: true,
    enableReadyCheck: false,
    connectTimeout: patienceMs,
    commandTimeout: patienceMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  let reason: Error | undefined;
  // What a connection fails of is told beside the call, which only says that it is closed.
  client.on('error', (error) => (reason = error));
  try {
    await client.connect();
    return await ask(client);
  } catch (error) {
    throw reason ?? error;
  } finally {
    // Disconnecting what is already at its end would keep the process for two more seconds.
    if (client.status !== 'end') client.disconnect();
  }
}
