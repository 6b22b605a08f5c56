import { randomInt, randomUUID } from 'node:crypto';
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from '@prisma/client';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import { answerParent } from '../support/child.ts';
import { readOwnCpu } from '../support/cpu.ts';
import { createAccounts, generousPlan } from './accounts.ts';
import { type AcceptTasks, type Body, serve, waitUntil } from './app.ts';

// What most would write first, each library used as its guide shows: look up, limit twice, create, add.
let prisma: PrismaClient;
let queue: Queue;
let accept: (body: Body) => Promise<object>;
const http = serve((body) => accept(body));

function createAccept(redis: Redis): (body: Body) => Promise<object> {
  const limiter = (keyPrefix: string, points: number, duration: number) =>
    new RateLimiterRedis({ storeClient: redis, keyPrefix, points, duration });
  const perDay = limiter('day', generousPlan.perDay, 86_400);
  const perMinute = limiter('minute', generousPlan.perMinute, 60);
  return async (body) => {
    const identity = await prisma.identity.findUnique({
      where: { platform_platformUserId: { platform: 'web', platformUserId: body.user_id } },
      include: { account: { include: { plan: true } } },
    });
    if (!identity) throw new Error('An unknown user');
    const { account } = identity;
    await perMinute.consume(account.id);
    const { remainingPoints } = await perDay.consume(account.id, body.count);
    const id = randomUUID();
    const { ref } = await prisma.generation.create({
      data: {
        id,
        ref: id.slice(0, 8),
        accountId: account.id,
        source: 'web',
        requestId: body.request_id,
        prompt: body.prompt,
        model: 'sandbox',
        provider: 'sandbox',
        aspectRatio: body.aspect_ratio,
        count: body.count,
        seed: randomInt(2 ** 31),
        locale: 'en',
        priority: account.plan.priority,
        state: 'queued',
        replyTo: { platform: 'web', visitor: body.user_id },
        createdAt: new Date(),
      },
    });
    await queue.add(
      'generation',
      { id },
      { jobId: id, priority: account.plan.priority, removeOnComplete: true, removeOnFail: true },
    );
    return { id, ref, state: 'queued', remaining: remainingPoints };
  };
}

answerParent({
  async start({ databaseUrl, redisUrl, accounts }) {
    prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: databaseUrl }) });
    const { hostname, port, password } = new URL(redisUrl);
    queue = new Queue('generation', { prefix: 'naive', connection: { host: hostname, port: Number(port), password } });
    accept = createAccept(new Redis(redisUrl));
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
