import { answerParent } from '../support/child.ts';
import { readOwnCpu } from '../support/cpu.ts';
import { createAccounts } from './accounts.ts';
import { type AcceptTasks, bodySchema, serve, waitUntil } from './app.ts';
import { openBenchCore } from './bench-core.ts';

// Easel's way: the account by the core's own look-up, one request to the core.
let bench: Awaited<ReturnType<typeof openBenchCore>>;
const http = serve({
  path: '/generations',
  schema: bodySchema,
  async accept(body) {
    const account = await bench.core.accounts.find('web', body.user_id);
    if (!account) throw new Error('An unknown user');
    const { id, ref, receipt } = await bench.core.generations.request({
      account,
      source: 'web',
      requestId: body.request_id,
      input: { prompt: body.prompt, aspectRatio: body.aspect_ratio, count: body.count },
      locale: 'en',
      replyTo: { platform: 'web', visitor: body.user_id },
    });
    return { id, ref, state: 'queued', receipt };
  },
});

const drained = async () => http.counts().inHand === 0 && (await bench.isOutboxEmpty());

answerParent({
  async start({ databaseUrl, redisUrl, accounts }) {
    bench = await openBenchCore({ databaseUrl, redisUrl });
    await createAccounts(bench.core.database.prisma, accounts);
    return http.listen();
  },
  async read() {
    await waitUntil(drained, 'the outbox');
    return { cpuMs: readOwnCpu(), accepted: http.counts().accepted };
  },
  async verify() {
    await waitUntil(drained, 'the outbox');
    return { accepted: http.counts().accepted, held: await bench.countHeld() };
  },
} satisfies AcceptTasks);
