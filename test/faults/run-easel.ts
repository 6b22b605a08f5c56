/**
 * Easel as `npm start` runs it, on servers that the test brings and with its short waits, in a
 * process that the test may kill. Tells its parent when it is up.
 */
import { createCore, createLog, readSettings } from '../../core/index.ts';
import { startRoles } from '../../start/roles.ts';
import { quick } from '../support/quick.ts';

const settings = readSettings(process.env, process.argv.slice(2));
const core = await createCore({
  ...quick,
  settings,
  databaseUrl: settings.databaseUrl as string,
  redisUrl: settings.redisUrl as string,
  log: createLog(settings),
});
const running = await startRoles({ core, roles: settings.roles });
process.on(
  'SIGTERM',
  () =>
    void running
      .stop()
      .then(() => core.close())
      .then(() => process.exit(0)),
);
process.send?.({ url: running.url });
