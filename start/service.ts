import {
  type Core,
  createCore,
  createLog,
  ensureOperator,
  type Log,
  migrate,
  type Settings,
  startPostgres,
  startRedis,
} from '../core/index.ts';

/** The core with the servers it runs on. */
export type Service = {
  core: Core;
  log: Log;
  /** Which servers came with Easel. */
  embedded: { postgres: boolean; redis: boolean };
  /** The first operator; the password only when it was made up just now. */
  operator: { email: string; madePassword: string | null };
  close(): Promise<void>;
};

/**
 * Brings up what the core stands on: the servers named in the settings or embedded ones, the newest
 * migrations, the first operator. Rejects with an error that names the cure.
 */
export async function openService(settings: Settings): Promise<Service> {
  const log = createLog(settings);
  const dataDir = settings.dataDirectory;
  const [postgres, redis] = await Promise.all([
    settings.databaseUrl ? null : startPostgres({ dataDir, log }),
    settings.redisUrl ? null : startRedis({ dataDir, log }),
  ]);
  const stopServers = () => Promise.all([postgres?.stop(), redis?.stop()]);
  const databaseUrl = settings.databaseUrl ?? (postgres?.url as string);
  try {
    await migrate({ connectionString: databaseUrl, log });
    const core = await createCore({
      settings,
      databaseUrl,
      redisUrl: settings.redisUrl ?? (redis?.url as string),
      log,
    });
    const operator = await ensureOperator({ database: core.database, settings, clock: () => new Date() });
    return {
      core,
      log,
      embedded: { postgres: postgres !== null, redis: redis !== null },
      operator,
      async close() {
        await core.close();
        await stopServers();
      },
    };
  } catch (error) {
    await stopServers();
    throw error;
  }
}
