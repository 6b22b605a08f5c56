import pLimit from 'p-limit';
import type { ClientBase } from 'pg';
import type { Database } from '../database/database.ts';
import { inTransaction } from '../database/transaction.ts';

/** Of a process's ten connections: while Stripe is slow, the others go on serving everything else. */
const atOnce = 4;

/**
 * Runs `work` in one transaction that no other of the same account runs beside, in any process. The lock is held
 * while Stripe is asked, so that what was fetched first is never written last; nothing else waits for it.
 */
export type BillingLock = <T>(accountId: string, work: (client: ClientBase) => Promise<T>) => Promise<T>;

export function createBillingLock(database: Pick<Database, 'pool'>): BillingLock {
  const limit = pLimit(atOnce);
  return (accountId, work) =>
    limit(() =>
      inTransaction(database, async (client) => {
        await client.query(`SELECT pg_advisory_xact_lock(hashtextextended('billing:' || $1, 0))`, [accountId]);
        return work(client);
      }),
    );
}
