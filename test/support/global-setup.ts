import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { migrate } from '../../core/database/migrate.ts';
import { startPostgres } from '../../core/embedded/postgres.ts';
import { unpackRedis } from '../../core/embedded/redis-program.ts';
import { programsFolder } from './programs.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of the run's PostgreSQL; its database is migrated, and the template of every test's own. */
    templateUrl: string;
    /** Path of a `redis-server`. */
    redisProgram: string;
  }
}

/** Starts what the whole run shares: one PostgreSQL with a migrated template, and a Redis to run. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const log = { info: (message: string) => console.log(message), warn: console.warn };
  const dataDir = mkdtempSync(path.join(tmpdir(), 'easel-test-'));
  // As root the server runs as another user, who must pass through.
  chmodSync(dataDir, 0o711);
  const [postgres, redisProgram] = await Promise.all([
    startPostgres({ dataDir, log, durable: false }),
    unpackRedis(path.join(programsFolder, 'redis'), log),
  ]);
  await migrate({ connectionString: postgres.url, log: { info: () => {}, warn: console.warn } });
  project.provide('templateUrl', postgres.url);
  project.provide('redisProgram', redisProgram);
  return async () => {
    await postgres.stop();
    rmSync(dataDir, { recursive: true });
  };
}
