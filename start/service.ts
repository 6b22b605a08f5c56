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

/** The servers that Easel stands on; `stop` ends those that this process owns. */
export type Servers = {
  databaseUrl: string;
  redisUrl: string;
  /** Which servers came with Easel. */
  embedded: { postgres: boolean; redis: boolean };
  stop(): Promise<void>;
};

/** The core with the servers it runs on. */
export type OpenCore = { core: Core; log: Log; embedded: Servers['embedded']; close(): Promise<void> };

export type Service = OpenCore & {
  /** The first operator; the password only when it was made up just now. */
  operator: { email: string; madePassword: string | null };
};

/** The servers named in the settings, or embedded ones: those that run already, else started now. */
export async function openServers(settings: Settings, log: Log): Promise<Servers> {
  const dataDir = settings.dataDirectory;
  const started = await Promise.allSettled([
    settings.databaseUrl ? null : startPostgres({ dataDir, log }),
    settings.redisUrl ? null : startRedis({ dataDir, log }),
  ]);
  const [postgres, redis] = started.map((each) => (each.status === 'fulfilled' ? each.value : null));
  const stop = async () => void (await Promise.all([postgres?.stop(), redis?.stop()]));
  for (const each of started) {
    if (each.status === 'fulfilled') continue;
    await stop();
    throw each.reason;
  }
  return {
    databaseUrl: settings.databaseUrl ?? (postgres?.url as string),
    redisUrl: settings.redisUrl ?? (redis?.url as string),
    embedded: { postgres: postgres !== null, redis: redis !== null },
    stop,
  };
}

/** The core on its servers, with the newest migrations. Rejects with an error that names the cure. */
export async function openCore(settings: Settings, log: Log): Promise<OpenCore> {
  const servers = await openServers(settings, log);
  const { databaseUrl, redisUrl, embedded } = servers;
  try {
    await migrate({ connectionString: databaseUrl, log });
    const core = await createCore({ settings, databaseUrl, redisUrl, log });
    return {
      core,
      log,
      embedded,
      async close() {
        await core.close();
        await servers.stop();
      },
    };
  } catch (error) {
    await servers.stop();
    throw error;
  }
}

/** What `npm start` runs on: the core, and a first operator. Rejects with an error that names the cure. */
export async function openService(settings: Settings): Promise<Service> {
  const opened = await openCore(settings, createLog(settings));
  try {
    const { database } = opened.core;
    return { ...opened, operator: await ensureOperator({ database, settings, clock: () => new Date() }) };
  } catch (error) {
    await opened.close();
    throw error;
  }
}
