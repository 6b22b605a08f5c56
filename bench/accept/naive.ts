import { randomInt, randomUUID } from 'node:crypto';
import type { PrismaClient } from '@prisma/client';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import { generousPlan } from './accounts.ts';
import type { Body } from './app.ts';

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

  async function limit(accountId: string, images: number): Promise<number> {
    await perMinute.consume(accountId);
    return (await perDay.consume(accountId, images)).remainingPoints;
  }

  async function create(accountId: string, priority: number, body: Body): Promise<{ id: string; ref: string }> {
    const id = randomUUID();
    const { ref } = await prisma.generation.create({
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
    return { id, ref };
  }

  async function add(id: string, priority: number): Promise<void> {
    await queue.add('generation', { id }, { jobId: id, priority, removeOnComplete: true, removeOnFail: true });
  }

  return { lookUp, limit, create, add };
}
