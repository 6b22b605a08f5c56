import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from '@prisma/client';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { answerParent } from '../support/child.ts';
import { readOwnCpu } from '../support/cpu.ts';
import { createAccounts } from './accounts.ts';
import { type AcceptTasks, serve, waitUntil } from './app.ts';
import { createNaive } from './naive.ts';

// The naive way: look up, limit twice, create, add.
let prisma: PrismaClient;
let queue: Queue;
let naive: ReturnType<typeof createNaive>;
const http = serve(async (body) => {
  const account = await naive.lookUp(body.user_id);
  const remaining = await naive.limit(account.id, body.count);
  const { id, ref } = await naive.create(account.id, account.plan.priority, body);
  await naive.add(id, account.plan.priority);
  return { id, ref, state: 'queued', remaining };
});

answerParent({
  async start({ databaseUrl, redisUrl, accounts }) {
    prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: databaseUrl }) });
    const { hostname, port, password } = new URL(redisUrl);
    queue = new Queue('generation', { prefix: 'naive', connection: { host: hostname, port: Number(port), password } });
    naive = createNaive({ prisma, redis: new Redis(redisUrl), queue });
    await createAccounts(prisma, accounts);
    return http.listen();
  },
  async read() {
    await waitUntil(async () => http.counts().inHand === 0, 'requests in hand');
    return { cpuMs: readOwnCpu(), accepted: http.counts().accepted };
  },
  async verify() {
    await waitUntil(async () => http.counts().inHand === 0, 'requests in hand');
    const jobs = await queue.getJobCountByTypes('waiting', 'prioritized');
    return { accepted: http.counts().accepted, held: { generations: await prisma.generation.count(), jobs } };
  },
} satisfies AcceptTasks);
