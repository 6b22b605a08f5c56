import type { PoolClient } from 'pg';
import type { Database } from './database.ts';

/** Runs `work` in one transaction on a connection of its own; whatever it throws undoes all of it. */
export async function inTransaction<T>(
  database: Pick<Database, 'pool'>,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const client = await database.pool.connect();
  try {
    await client.query('BEGIN');
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
