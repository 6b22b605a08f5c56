import { startRedis } from '../../core/embedded/redis.ts';
import type { Log } from '../../core/log.ts';
import { createPresence, type Present } from '../../core/presence.ts';
import type { Role, Settings } from '../../core/settings.ts';
import { askRedis } from './ask-redis.ts';
import { type Check, describeFault, fault, off, ok } from './check.ts';
import type { Server } from './servers.ts';

const list = (url: string) => askRedis(url, (client) => createPresence({ client }).list());

/** Whether a process on that host does the role. It says so itself every 5 seconds, so a hanging one is found too. */
export async function checkRole(settings: Settings, role: Role, host: string, log: Log): Promise<Check> {
  const redis = settings.redisUrl ? null : await startRedis({ dataDir: settings.dataDirectory, log });
  try {
    const all = await list(settings.redisUrl ?? (redis?.url as string));
    const found = all.find((process) => process.host === host && process.roles.includes(role));
    if (found) return ok(role, describe(found));
    return fault(role, `no process on ${host} does it`, `Start one: \`npm start -- ${role}\``);
  } catch (error) {
    return fault(role, `not known: Redis says ${describeFault(error)}`, 'Start Redis, or mend REDIS_URL');
  } finally {
    await redis?.stop();
  }
}

/** Every process that is alive, on whichever machine. */
export async function checkProcesses(redis: Server): Promise<Check[]> {
  if (!redis.url) return [off('Processes', 'not known without Redis')];
  try {
    const all = await list(redis.url);
    if (!all.length) return [off('Processes', 'none is running; `npm start` starts them')];
    return all.map((process) => ok('Process', `${process.roles.join(', ')}: ${describe(process)}`));
  } catch {
    return [off('Processes', 'not known without Redis')];
  }
}

function describe({ pid, host, since }: Present): string {
  return `process ${pid} on ${host}, since ${since}`;
}
