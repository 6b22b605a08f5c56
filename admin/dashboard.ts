import type { AdminCore } from './index.ts';

export type Counts = { accounts: number; generations: number; waiting: number; images: number; failed: number };

/** What the first page shows; days are UTC. */
export async function countToday({ database }: Pick<AdminCore, 'database'>): Promise<Counts> {
  const { account, generation, image } = database.prisma;
  const today = new Date();
  today.setUTCHours(0, 0, 0, 0);
  const createdAt = { gte: today };
  const [accounts, generations, waiting, images, failed] = await Promise.all([
    account.count(),
    generation.count({ where: { createdAt } }),
    generation.count({ where: { finishedAt: null } }),
    image.count({ where: { createdAt, deletedAt: null } }),
    generation.count({ where: { createdAt, state: 'failed' } }),
  ]);
  return { accounts, generations, waiting, images, failed };
}
