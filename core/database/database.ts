import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from '@prisma/client';
import pg from 'pg';
import type { Log } from '../log.ts';

/** Everyday queries go through Prisma; the few hot statements are prepared SQL on the same pool. */
export type Database = ReturnType<typeof openDatabase>;

/**
 * Opens the pool and Prisma on it. Connections are made when first needed, so that this never waits.
 * @param url `postgresql://…`
 */
export function openDatabase({ url, log, connections = 10 }: { url: string; log: Log; connections?: number }) {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    // A new one would have everything to prepare anew: too much for whoever comes after a short pause.
    idleTimeoutMillis: 5 * 60_000,
  });
  // An idle connection that the server cut is replaced at the next query; without a listener it would end the process.
  pool.on('error', (error) => log.warn({ err: error.message }, 'a Postgres connection was lost'));
  // Minimal, since its longer messages quote what was asked for: addresses and prompts would reach the log.
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool), errorFormat: 'minimal' });

  /** Runs a named prepared statement; times are `timestamptz`, results plain rows. */
  async function run<Row extends pg.QueryResultRow>(
    statement: { name: string; text: string },
    values: unknown[],
  ): Promise<Row[]> {
    const result = await pool.query<Row>({ ...statement, values });
    return result.rows;
  }

  async function close(): Promise<void> {
    await prisma.$disconnect();
    await pool.end();
  }

  return { prisma, pool, run, close };
}
