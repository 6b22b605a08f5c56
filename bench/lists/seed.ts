import pg from 'pg';
import { insertAccounts, insertEndpoints, insertRows } from './rows.ts';

/** How many rows there are, of how many accounts, and how many of them are the asked account's. */
export type Size = { rows: number; accounts: number; asked: number };

const tables = ['generations', 'images', 'webhook_deliveries', 'webhook_attempts'];
const together = 50_000;

/**
 * Fills a migrated database in which the asked account is the only one. The indexes are made anew afterwards, which
 * takes a fraction of the time of adding to them, and nothing is logged ahead, since the tables are new to the
 * transaction. Everything is on disk and known to the planner when it resolves.
 */
export async function seed(databaseUrl: string, { rows, accounts, asked }: Size): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const tell = startTelling(rows);
  try {
    await client.query(`SET maintenance_work_mem = '512MB'`);
    // No keys to other tables are checked row by row, and nobody is told.
    await client.query('SET session_replication_role = replica');
    await client.query('BEGIN');
    await client.query(`TRUNCATE ${tables.join(', ')} CASCADE`);
    await client.query('SELECT setseed(0.5)');
    await client.query(insertAccounts, [accounts]);
    await client.query(insertEndpoints);
    await client.query('ANALYZE accounts, webhook_endpoints');
    const indexes = await dropIndexes(client);
    for (let first = 0; first < rows; first += together) {
      const last = Math.min(rows, first + together) - 1;
      await client.query(insertRows, [first, last, rows, rows / asked]);
      tell(`${((last + 1) / 1000).toLocaleString('en')} thousand`);
    }
    for (const index of indexes) await client.query(index);
    tell(`${indexes.length} indexes`);
    await client.query('COMMIT');
    // A vacuum that comes by itself while measuring would be counted.
    for (const table of tables) await client.query(`ALTER TABLE ${table} SET (autovacuum_enabled = off)`);
    await client.query('VACUUM (ANALYZE, FREEZE)');
    await client.query('CHECKPOINT');
    tell('cleaned');
  } finally {
    await client.end();
  }
}

/** Drops what can be made again; answers the statements that do so. */
async function dropIndexes(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string; definition: string }>(
    `SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index
      WHERE indrelid = ANY ($1::text[]::regclass[]) AND NOT indisprimary`,
    [tables],
  );
  for (const { name } of rows) await client.query(`DROP INDEX ${name}`);
  return rows.map(({ definition }) => definition);
}

function startTelling(rows: number): (what: string) => void {
  const begun = performance.now();
  return (what) => {
    const seconds = Math.round((performance.now() - begun) / 1000);
    if (rows > together) console.log(`  ${seconds} s: ${what}`);
  };
}
