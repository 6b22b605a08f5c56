import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Redis } from 'ioredis';
import { keepPassword } from './password.ts';
import { findRedisProgram } from './redis-program.ts';
import { type EmbeddedServer, type ProgressLog, type ServerKind, startServer } from './server.ts';

/**
 * Starts a Redis whose data is under `<dataDir>/redis`, or joins the one that runs there. It keeps an append-only
 * file and refuses to evict, as the queue demands. Rejects with an error that names the line to type.
 */
export async function startRedis(options: { dataDir: string; log: ProgressLog }): Promise<EmbeddedServer> {
  const folder = path.resolve(options.dataDir, 'redis');
  return startServer(describeRedis(folder, options.log), { folder, log: options.log });
}

function describeRedis(folder: string, log: ProgressLog): ServerKind {
  const data = path.join(folder, 'data');
  const readPassword = () => keepPassword(path.join(folder, 'password'));
  return {
    name: 'Redis',
    setting: 'REDIS_URL',
    stopSignal: 'SIGTERM',
    urgentSignal: 'SIGTERM',
    answers: (port) => servesFolder({ port, password: readPassword() }, data),
    prepare: async (port) => {
      const command = await findRedisProgram(folder, log);
      mkdirSync(data, { recursive: true });
      const settings = path.join(folder, 'redis.conf');
      // In a file, since every user of the machine sees the arguments of a program.
      writeFileSync(settings, writeSettings({ port, password: readPassword(), data }), { mode: 0o600 });
      return { command, arguments: [settings], workingDirectory: folder };
    },
    open: async (port) => `redis://:${readPassword()}@127.0.0.1:${port}`,
  };
}

function writeSettings({ port, password, data }: { port: number; password: string; data: string }): string {
  const lines = [
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass ${password}`,
    `dir ${JSON.stringify(data)}`,
    'save ""',
    'appendonly yes',
    'appendfsync everysec',
    'maxmemory-policy noeviction',
    'daemonize no',
  ];
  return `${lines.join('\n')}\n`;
}

/** Whether the server of that port has its data in that folder; false for any fault, as one still loading gives. */
async function servesFolder(server: { port: number; password: string }, data: string): Promise<boolean> {
  const client = new Redis({
    ...server,
    host: '127.0.0.1',
    lazyConnect: true,
    retryStrategy: () => null,
    enableReadyCheck: false,
    connectTimeout: 5000,
    maxRetriesPerRequest: 0,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    const [, folder] = (await client.config('GET', 'dir')) as string[];
    return folder === realpathSync(data);
  } catch {
    return false;
  } finally {
    // Ending a connection that was refused would hold the process for two seconds more.
    if (client.status !== 'end') client.disconnect();
  }
}
