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
  let run = '';
  let away = false;
  client.on('ready', () => {
    away = false;
    // INFO is read by the ready check; a restarted server has another run id and may have lost its last second.
    run = String((client as unknown as { serverInfo?: { run_id?: string } }).serverInfo?.run_id ?? '');
  });
  for (const connection of [client, subscriber]) {
    connection.on('error', (error) => {
      if (!away) log.warn({ err: error.message }, 'Redis is away; trying again');
      away = true;
    });
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
    /** Id of the server's present run; changes when it restarts. */ run: () => run,
  };
}

/** Fewer let Redis idle while a long turn of ours goes on; more save nothing. */
const commandsAWrite = 16;
export const reconnectDelay = (attempt: number) => Math.min(50 * 2 ** Math.min(attempt, 6), 2000);
/** For whoever adds work: an answer or an error at once. */
export const producerOptions = {
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  retryStrategy: reconnectDelay,
} as const;
