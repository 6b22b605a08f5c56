import path from 'node:path';
import { Queue } from 'bullmq';
import { type Core, createCore, createLog, readSettings } from '../../core/index.ts';
import { answerParent } from '../support/child.ts';
import { readOwnCpu } from '../support/cpu.ts';
import { createAccounts } from './accounts.ts';
import { type AcceptTasks, serve, waitUntil } from './app.ts';

// Easel's way: the account by the core's own look-up, one request to the core.
let core: Core;
let queue: Queue;
const http = serve(async (body) => {
  const account = await core.accounts.find('web', body.user_id);
  if (!account) throw new Error('An unknown user');
  const { id, ref, receipt } = await core.generations.request({
    account,
    source: 'web',
    requestId: body.request_id,
    input: { prompt: body.prompt, aspectRatio: body.aspect_ratio, count: body.count },
    locale: 'en',
    replyTo: { platform: 'web', visitor: body.user_id },
  });
  return { id, ref, state: 'queued', receipt };
});

const drained = async () => {
  const { rows } = await core.database.pool.query('SELECT 1 FROM outbox LIMIT 1');
  return rows.length === 0 && http.counts().inHand === 0;
};

answerParent({
  async start({ databaseUrl, redisUrl, accounts }) {
    const settings = readSettings({
      DATA_DIR: path.join(import.meta.dirname, '../../build/bench/core'),
      LOG_LEVEL: 'warn',
    });
    core = await createCore({ settings, databaseUrl, redisUrl, log: createLog(settings) });
    const { hostname, port, password } = new URL(redisUrl);
    queue = new Queue('generation', { prefix: 'easel', connection: { host: hostname, port: Number(port), password } });
    await createAccounts(core.database.prisma, accounts);
    return http.listen();
  },
  async read() {
    await waitUntil(drained, 'the outbox');
    return { cpuMs: readOwnCpu(), accepted: http.counts().accepted };
  },
  async verify() {
    await waitUntil(drained, 'the outbox');
    const { rows } = await core.database.pool.query<{ generations: number; ledger: number; requests: number }>(`
      SELECT (SELECT count(*)::int FROM generations WHERE state = 'queued') AS generations,
        (SELECT count(*)::int FROM quota_entries WHERE kind = 'reserve') AS ledger,
        (SELECT count(DISTINCT request_id)::int FROM generations) AS requests`);
    const jobs = await queue.getJobCountByTypes('waiting', 'prioritized');
    return { accepted: http.counts().accepted, held: { ...rows[0], jobs } };
  },
} satisfies AcceptTasks);
