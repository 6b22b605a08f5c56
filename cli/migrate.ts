import { migrate } from '../core/index.ts';
import { openServers } from '../start/service.ts';
import type { Answer, Given } from './command.ts';

/** Applies the migrations that the database lacks. */
export async function run(given: Given): Promise<Answer> {
  const settings = given.readSettings();
  const log = await given.openLog(settings);
  const servers = await openServers(settings, log);
  try {
    const applied = await migrate({ connectionString: servers.databaseUrl, log });
    const lines = applied.length ? applied.map((name) => `Applied ${name}`) : ['The database is up to date'];
    return { ok: true, lines, data: { applied } };
  } finally {
    await servers.stop();
  }
}
