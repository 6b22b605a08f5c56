import type { Core } from '../../core/index.ts';
import type { DiscordApi } from './api.ts';

const everyMs = 3_600_000;

/**
 * Tells the core how the servers are called that the bot is in, now and every hour: interactions name only their ids. One
 * process of many does it; a failure only leaves an id without a name for a while.
 */
export function nameServers({ core, api }: { core: Pick<Core, 'servers' | 'claimTurn' | 'log'>; api: DiscordApi }) {
  const run = async () => {
    if (!(await core.claimTurn('discord-servers', everyMs / 2))) return;
    for await (const page of api.readServers()) await core.servers.name(page);
  };
  const tryIt = () =>
    void run().catch((error: Error) => core.log.debug({ err: error.message }, 'the servers could not be named'));
  tryIt();
  const timer = setInterval(tryIt, everyMs);
  return { stop: () => clearInterval(timer) };
}
