import { answerParent } from '../support/child.ts';
import { readOwnCpu } from '../support/cpu.ts';
import { createAccounts } from './accounts.ts';
import { type AcceptTasks, bodySchema, serve, waitUntil } from './app.ts';
import { openNaive } from './naive.ts';

// The naive way: look up, limit twice, create, add.
let bench: ReturnType<typeof openNaive>;
const http = serve({
  path: '/generations',
  schema: bodySchema,
  async accept(body) {
    const { generation, remaining } = await bench.naive.accept(await bench.naive.lookUp(body.user_id), body);
    return { id: generation.id, ref: generation.ref, state: 'queued', remaining };
  },
});

const isQuiet = async () => http.counts().inHand === 0;

answerParent({
  async start({ databaseUrl, redisUrl, accounts }) {
    bench = openNaive({ databaseUrl, redisUrl });
    await createAccounts(bench.prisma, accounts);
    return http.listen();
  },
  async read() {
    await waitUntil(isQuiet, 'requests in hand');
    return { cpuMs: readOwnCpu(), accepted: http.counts().accepted };
  },
  async verify() {
    await waitUntil(isQuiet, 'requests in hand');
    return { accepted: http.counts().accepted, held: await bench.countHeld() };
  },
} satisfies AcceptTasks);
