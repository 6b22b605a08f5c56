import { setTimeout as wait } from 'node:timers/promises';
import { roles } from '../core/index.ts';
import { startDiscord } from '../test/emulators/discord/index.ts';
import { startTelegram } from '../test/emulators/telegram/index.ts';
import { startRoleProcess } from '../test/support/role-process.ts';
import { median, printTable } from './support/report.ts';
import { openServers } from './support/servers.ts';

const settleMs = 5_000;
const polls = 10;
const pollMs = 200;
const watched = ['discord.js', 'telegraf', 'adminjs', 'express', 'sharp', 'bullmq'];

/**
 * Memory of each role alone and of all together, idle, and which heavy packages each has loaded.
 * Answers whether all of them started.
 */
export async function runMemory(): Promise<boolean> {
  await using closing = new AsyncDisposableStack();
  const servers = closing.use(await openServers());
  const discord = closing.adopt(await startDiscord(), (emulator) => emulator.close());
  const telegram = closing.adopt(await startTelegram(), (emulator) => emulator.close());
  const environment = {
    DATABASE_URL: await servers.createDatabase(),
    REDIS_URL: servers.redisUrl,
    DISCORD_TOKEN: discord.token,
    DISCORD_API_URL: discord.apiUrl,
    TELEGRAM_BOT_TOKEN: telegram.token,
    TELEGRAM_API_URL: telegram.url,
  };
  const rows: (string | number)[][] = [];
  let started = true;
  for (const chosen of [...roles.map((role) => [role]), [...roles]]) {
    const name = chosen.length > 1 ? 'all' : (chosen[0] as string);
    const measured = await measure(chosen, environment).catch((error: Error) => error);
    started &&= !(measured instanceof Error);
    if (measured instanceof Error) console.error(measured.message);
    rows.push(measured instanceof Error ? [name, '-', '-', 'did not start'] : [name, ...measured]);
  }
  console.log(`Idle memory of a process, ${settleMs / 1000} s after its start, median of ${polls}`);
  printTable(['role', 'MB', 'start ms', 'of the heavy packages, loaded'], rows);
  return started;
}

/** Memory without the watch, which costs some; then the packages in another process. */
async function measure(chosen: readonly string[], environment: Record<string, string>): Promise<(string | number)[]> {
  const begun = performance.now();
  const running = await startRoleProcess(chosen, environment);
  const startMs = performance.now() - begun;
  const megabytes: number[] = [];
  try {
    await wait(settleMs);
    for (let poll = 0; poll < polls; poll++) {
      megabytes.push((await running.readMemory()) / 1e6);
      await wait(pollMs);
    }
  } finally {
    await running.stop();
  }
  const other = await startRoleProcess(chosen, environment, { watchPackages: true });
  const packages = await other.readPackages().finally(() => other.stop());
  return [median(megabytes), startMs, watched.filter((name) => packages.includes(name)).join(' ')];
}
