import pLimit from 'p-limit';
import type { ClientBase } from 'pg';
import type { Database } from '../database/database.ts';

/** Of a process's ten connections: while Stripe is slow, the others go on serving everything else. */
const atOnce = 4;

/**
 * Runs `work` in one transaction that no other of the same account runs beside, in any process. The lock is held
 * while Stripe is asked, so that what was fetched first is never written last; nothing else waits for it.
 */
export type BillingLock = <T>(accountId: string, work: (client: ClientBase) => Promise<T>) => Promise<T>;

export function createBillingLock(database: Pick<Database, 'pool'>): BillingLock {
  const limit = pLimit(atOnce);
  return (accountId, work) => limit(() => lock(database, accountId, work));
}

async function lock<T>(
  database: Pick<Database, 'pool'>,
  accountId: string,
  work: (client: ClientBase) => Promise<T>,
): Promise<T> {
  const client = await database.pool.connect();
  try {
    await client.query('BEGIN');
    await client.query(`SELECT pg_advisory_xact_lock(hashtextextended('billing:' || $1, 0))`, [accountId]);
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  } finally {
    client.release();
  }
}
