import { randomUUID } from 'node:crypto';
import type { PrismaClient } from '@prisma/client';

/** A plan that refuses nothing within a run: what is measured is acceptance. */
export const generousPlan = {
  slug: 'bench',
  name: 'Bench',
  perDay: 1_000_000,
  perMonth: 10_000_000,
  perMinute: 1_000_000,
  cooldownSeconds: 0,
  concurrent: 1_000_000,
  priority: 100,
};

/** Accounts with one linked chat user each, `user-<n>` on the web. Answers their ids. */
export async function createAccounts(prisma: PrismaClient, count: number): Promise<string[]> {
  await prisma.plan.create({ data: generousPlan });
  const ids = Array.from({ length: count }, () => randomUUID());
  await prisma.account.createMany({
    data: ids.map((id, index) => ({ id, email: `member-${index}@example.com`, planSlug: generousPlan.slug })),
  });
  await prisma.identity.createMany({
    data: ids.map((accountId, index) => ({
      id: randomUUID(),
      platform: 'web' as const,
      platformUserId: `user-${index}`,
      accountId,
      createdAt: new Date(),
    })),
  });
  return ids;
}
