/**
 * A process that starts an embedded server and holds it until told to stop: `hold-server.ts postgres|redis DATA_DIR`.
 * Writes one JSON line, {url, owned}. SIGTERM stops it in order; SIGINT, which a terminal sends to the whole
 * process group, is ignored.
 */
import { startPostgres } from '../../core/embedded/postgres.ts';
import { startRedis } from '../../core/embedded/redis.ts';

const [kind, dataDir = ''] = process.argv.slice(2);
const log = { info: console.error, warn: console.error };
process.on('SIGINT', () => {});
const server =
  kind === 'redis' ? await startRedis({ dataDir, log }) : await startPostgres({ dataDir, log, durable: false });
const keepAlive = setInterval(() => {}, 60_000);
process.once('SIGTERM', async () => {
  await server.stop();
  clearInterval(keepAlive);
});
console.log(JSON.stringify({ url: server.url, owned: server.owned }));
