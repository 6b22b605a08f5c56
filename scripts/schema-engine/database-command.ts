import pg from 'pg';
import { type Address, parseAddress } from './address.ts';

const prismaCodes: Record<string, string> = {
  '3D000': 'P1003',
  '28P01': 'P1000',
  '28000': 'P1000',
  ENOTFOUND: 'P1001',
  EAI_AGAIN: 'P1001',
  ECONNREFUSED: 'P1001',
  ETIMEDOUT: 'P1002',
  '42501': 'P1010',
};

/**
 * Carries out `can-connect-to-database`, `create-database` or `drop-database`; resolves to the exit code.
 * Faults go to standard error as JSON lines, which is where the command line looks for them.
 */
export async function runDatabaseCommand({ command, url }: { command: string; url: string }): Promise<number> {
  const address = parseAddress(url);
  writeLog('INFO', { message: 'Starting schema engine CLI' });
  try {
    await run(command, address);
    return 0;
  } catch (error) {
    const { code = '', message } = error as Error & { code?: string };
    const errorCode = prismaCodes[code] ?? 'P1001';
    writeLog('ERROR', { is_panic: false, error_code: errorCode, message: message || code });
    return 1;
  }
}

async function run(command: string, { connection }: Address): Promise<void> {
  const own = command === 'can-connect-to-database';
  const client = new pg.Client(own ? connection : { ...connection, database: 'postgres' });
  await client.connect();
  try {
    const name = client.escapeIdentifier(connection.database);
    if (command === 'create-database') await client.query(`CREATE DATABASE ${name}`);
    if (command === 'drop-database') {
      await client.query(`DROP DATABASE ${name}`);
      writeLog('INFO', { message: 'The database was successfully dropped' });
    }
  } finally {
    await client.end();
  }
}

function writeLog(level: 'INFO' | 'ERROR', fields: Record<string, unknown>): void {
  const line = { timestamp: new Date().toISOString(), level, fields, target: 'schema_engine::logger' };
  process.stderr.write(`${JSON.stringify(line)}\n`);
}
