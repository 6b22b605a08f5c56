/** `npm start`: settings, servers, migrations, core, then the roles that were asked for. */
import { existsSync } from 'node:fs';
import { readSettings, type Settings, SettingsError } from './core/index.ts';
import { type Running, startRoles } from './start/roles.ts';
import { openService } from './start/service.ts';
import { describeStart } from './start/summary.ts';

if (existsSync('.env')) process.loadEnvFile('.env');

let settings: Settings;
try {
  settings = readSettings(process.env, process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  console.error(error.message);
  process.exit(1);
}

const service = await openService(settings).catch((error: Error) => {
  console.error(`Easel could not start: ${error.message}`);
  process.exit(1);
});
const { core, log } = service;

let running: Running | null = null;
let stopping = false;
async function stop(reason: string, code: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  log.info(`Stopping: ${reason}`);
  // Whatever hangs must not keep the machine from going down; what is unfinished is taken up at the next start.
  setTimeout(() => process.exit(code || 1), 25_000).unref();
  await running?.stop().catch((error: Error) => log.error({ err: error }, 'a role did not stop cleanly'));
  await service.close().catch((error: Error) => log.error({ err: error }, 'the service did not close cleanly'));
  process.exit(code);
}
process.on('SIGINT', () => void stop('interrupted', 0));
process.on('SIGTERM', () => void stop('asked to terminate', 0));
process.on('unhandledRejection', (error) => log.error({ err: error }, 'a promise was left without an owner'));

try {
  running = await startRoles({ core, roles: settings.roles });
  for (const line of describeStart({ settings, service, url: running.url })) log.info(line);
} catch (error) {
  log.fatal(`Easel could not start: ${(error as Error).message}`);
  await stop('a role failed to start', 1);
}
