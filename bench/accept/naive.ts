import { randomInt, randomUUID } from 'node:crypto';
import { PrismaPg } from '@prisma/adapter-pg';
import { type Generation, PrismaClient } from '@prisma/client';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import { generousPlan } from './accounts.ts';
import type { Body } from './app.ts';

/** The naive arrangement with connections of its own. */
export function openNaive({ databaseUrl, redisUrl }: { databaseUrl: string; redisUrl: string }) {
  const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: databaseUrl }) });
  const { hostname, port, password } = new URL(redisUrl);
  const connection = { host: hostname, port: Number(port), password };
  const queue = new Queue('generation', { prefix: 'naive', connection });
  const naive = createNaive({ prisma, redis: new Redis(redisUrl), queue });
  return {
    prisma,
    naive,
    countHeld: async () => ({
      generations: await prisma.generation.count(),
      jobs: await queue.getJobCountByTypes('waiting', 'prioritized'),
    }),
  };
}

/** What most would write first, step by step, each library used as its guide shows. */
export function createNaive({ prisma, redis, queue }: { prisma: PrismaClient; redis: Redis; queue: Queue }) {
  const limiter = (keyPrefix: string, points: number, duration: number) =>
    new RateLimiterRedis({ storeClient: redis, keyPrefix, points, duration });
  const perDay = limiter('day', generousPlan.perDay, 86_400);
  const perMinute = limiter('minute', generousPlan.perMinute, 60);

  async function lookUp(userId: string) {
    const { account } = await prisma.identity.findUniqueOrThrow({
      where: { platform_platformUserId: { platform: 'web', platformUserId: userId } },
      include: { account: { include: { plan: true } } },
    });
    return account;
  }

  /** By the SHA-256 of an API key. */
  async function lookUpKey(keyHash: Uint8Array<ArrayBuffer>) {
    const { account } = await prisma.apiKey.findUniqueOrThrow({
      where: { keyHash },
      include: { account: { include: { plan: true } } },
    });
    return account;
  }

  async function limit(accountId: string, images: number): Promise<number> {
    await perMinute.consume(accountId);
    return (await perDay.consume(accountId, images)).remainingPoints;
  }

  async function create(accountId: string, priority: number, body: Body): Promise<Generation> {
    const id = randomUUID();
    return prisma.generation.create({
      data: {
        id,
        ref: id.slice(0, 8),
        accountId,
        source: 'web',
        requestId: body.request_id,
        prompt: body.prompt,
        model: 'sandbox',
        provider: 'sandbox',
        aspectRatio: body.aspect_ratio,
        count: body.count,
        seed: randomInt(2 ** 31),
        locale: 'en',
        priority,
        state: 'queued',
        replyTo: { platform: 'web', visitor: body.user_id },
        createdAt: new Date(),
      },
    });
  }

  async function add(id: string, priority: number): Promise<void> {
    await queue.add('generation', { id }, { jobId: id, priority, removeOnComplete: true, removeOnFail: true });
  }

  async function accept(account: Awaited<ReturnType<typeof lookUp>>, body: Body) {
    const remaining = await limit(account.id, body.count);
    const generation = await create(account.id, account.plan.priority, body);
    await add(generation.id, account.plan.priority);
    return { generation, remaining };
  }

  return { lookUp, lookUpKey, limit, create, add, accept };
}
