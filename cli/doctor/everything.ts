import type { Log } from '../../core/log.ts';
import type { Settings } from '../../core/settings.ts';
import type { Check } from './check.ts';
import { checkMail } from './mail.ts';
import { checkProcesses } from './processes.ts';
import { checkDataDirectory, checkMigrations, checkPostgres, checkRedis, openPostgres, openRedis } from './servers.ts';
import { checkDiscord, checkReplicate, checkTelegram } from './services.ts';
import { checkStripe } from './stripe.ts';

/** Everything that Easel stands on and speaks to; what does not answer is a line of its own and hides nothing else. */
export async function checkAll(settings: Settings, log: Log): Promise<Check[]> {
  const data = await checkDataDirectory(settings);
  const [postgres, redis] = await Promise.all([openPostgres(settings, log), openRedis(settings, log)]);
  try {
    const checks = await Promise.all([
      checkPostgres(postgres),
      checkMigrations(postgres),
      checkRedis(redis),
      checkMail(settings),
      checkDiscord(settings),
      checkTelegram(settings),
      checkReplicate(settings),
      checkStripe(settings, postgres),
      checkProcesses(redis),
    ]);
    return [data, ...checks.flat()];
  } finally {
    await Promise.all([postgres.stop(), redis.stop()]);
  }
}
