import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import type { Log } from './log.ts';

/** The connection for commands, and a way to know which run of the server it talks to. */
export type RedisClient = ReturnType<typeof openRedis>;

/**
 * Opens the command connection. Commands fail at once while Redis is away (nobody waits for a
 * server that is not there), and the connection comes back by itself.
 */
export function openRedis({ url, log }: { url: string; log: Log }) {
  const client = new Redis(url, { ...producerOptions, lazyConnect: true });
  const subscriber = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: reconnectDelay, lazyConnect: true });
  let run = unknownRun();
  let identified = Promise.resolve();
  let away = false;
  client.on('ready', () => {
    away = false;
    identified = identify();
  });
  // What comes back may be another run, that has lost the last second of this one.
  client.on('close', () => {
    run = unknownRun();
  });
  for (const connection of [client, subscriber]) {
    connection.on('error', (error) => {
      if (!away) log.warn({ err: error.message }, 'Redis is away; trying again');
      away = true;
    });
  }

  async function identify(): Promise<void> {
    const told = await client.info('server').catch(() => '');
    run = /^run_id:(\w+)/m.exec(told)?.[1] ?? run;
  }

  let gathered = 0;
  /**
   * To be called before a command of which many are sent at once: those of one turn of the event loop
   * leave in few writes, each of which costs more than the commands in it.
   */
  function gather(): void {
    const { stream } = client;
    gathered++;
    if (stream.writableCorked) {
      // So that Redis begins before a long turn has ended.
      if (gathered % commandsAWrite) return;
      stream.uncork();
    } else setImmediate(() => stream.uncork());
    stream.cork();
  }

  async function connect(): Promise<void> {
    await Promise.all([client.connect(), subscriber.connect()]);
    await identified;
  }

  async function close(): Promise<void> {
    // Disconnecting what is already at its end would keep the process for two more seconds.
    for (const connection of [client, subscriber]) if (connection.status !== 'end') connection.disconnect();
  }

  return {
    client,
    subscriber,
    gather,
    connect,
    close,
    /** Id of the server's present run, another one after a restart; until it is known, a word that fits no run. */
    run: () => run,
  };
}

const unknownRun = () => `unknown-${randomUUID()}`;
/** Fewer let Redis idle while a long turn of ours goes on; more save nothing. */
const commandsAWrite = 16;
export const reconnectDelay = (attempt: number) => Math.min(50 * 2 ** Math.min(attempt, 6), 2000);
/** For whoever adds work: an answer or an error at once. */
export const producerOptions = {
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  retryStrategy: reconnectDelay,
} as const;
