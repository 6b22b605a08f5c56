import path from 'node:path';
import pg from 'pg';
import { keepPassword } from './password.ts';
import { createCluster, removeStalePid } from './postgres-cluster.ts';
import { locateCluster, preparePostgresPrograms } from './postgres-programs.ts';
import { type EmbeddedServer, type ProgressLog, type ServerKind, startServer } from './server.ts';

const database = 'easel';
const user = 'postgres';

/** For a machine that has little: half the usual memory and a small journal, nothing that speed needs daily. */
const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '64MB',
  max_wal_size: '256MB',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_logical_replication_workers: '0',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // A statement or a value that fails may hold a prompt or a code: neither reaches the log.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
};

/** A crash of the machine may cost the data: for tests only. */
const disposableSettings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/**
 * Starts the PostgreSQL that comes with `npm ci`, its data under `<dataDir>/postgres`, or joins the one that runs
 * there. Works as root, where the server runs as `nobody`, and as any user. Rejects with an error that names the
 * cure. `durable: false` trades safety against power cuts for speed.
 */
export async function startPostgres(options: {
  dataDir: string;
  log: ProgressLog;
  durable?: boolean;
}): Promise<EmbeddedServer> {
  const folder = path.resolve(options.dataDir, 'postgres');
  return startServer(describePostgres(folder, options), { folder, log: options.log });
}

function describePostgres(
  folder: string,
  { log, durable = true }: { log: ProgressLog; durable?: boolean },
): ServerKind {
  const readPassword = () => keepPassword(path.join(folder, 'password'));
  const openAddress = (port: number, name: string) =>
    `postgresql://${user}:${readPassword()}@127.0.0.1:${port}/${name}`;
  // Asked only once the folder exists, whose mode decides.
  const cluster = () => locateCluster(folder);
  return {
    name: 'PostgreSQL',
    setting: 'DATABASE_URL',
    stopSignal: 'SIGINT',
    urgentSignal: 'SIGQUIT',
    answers: (port) => servesFolder(openAddress(port, 'postgres'), cluster()),
    prepare: async (port) => {
      const found = preparePostgresPrograms(cluster());
      if (!found.cluster.startsWith(folder)) {
        log.info(
          `PostgreSQL keeps its data in ${found.cluster}: it may not run as root, and only root enters ${folder}`,
        );
      }
      await createCluster(found, { user, password: readPassword(), durable });
      await removeStalePid(found.cluster, (other) => servesFolder(openAddress(other, 'postgres'), found.cluster));
      const given = { ...settings, ...(durable ? {} : disposableSettings), port: String(port) };
      return {
        command: found.postgres,
        arguments: [
          '-D',
          found.cluster,
          ...Object.entries(given).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
        ],
        workingDirectory: '/',
        environment: found.environment,
        user: found.user,
      };
    },
    open: async (port) => {
      await createDatabase(openAddress(port, 'postgres'));
      return openAddress(port, database);
    },
  };
}

/** Whether the server of that address has its data in that folder; false for any fault, as one still starting gives. */
async function servesFolder(address: string, cluster: string): Promise<boolean> {
  try {
    return await withClient(address, async (client) => {
      const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory');
      return rows[0]?.data_directory === cluster;
    });
  } catch {
    return false;
  }
}

async function createDatabase(address: string): Promise<void> {
  await withClient(address, async (client) => {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
    if (!rowCount) await client.query(`CREATE DATABASE ${database}`);
  });
}

async function withClient<T>(address: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: address, ssl: false, connectionTimeoutMillis: 5000 });
  // A server that stops meanwhile also tells so beside the query, where nobody would be listening.
  client.on('error', () => {});
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
