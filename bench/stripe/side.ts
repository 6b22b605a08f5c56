import { randomUUID } from 'node:crypto';
import type { PrismaClient } from '@prisma/client';

export type SideTasks = {
  /** Answers the address of its webhook; none when it is a worker only. */
  start(input: {
    databaseUrl: string;
    redisUrl: string;
    apiUrl: string;
    price: string;
    secretKey: string;
    webhookSecret: string;
    customers: string[];
    roles: ('web' | 'worker')[];
  }): Promise<string>;
  /** Events kept, events worked on, and subscriptions that are active. */
  count(input: null): Promise<{ kept: number; done: number; active: number }>;
};

/** An account for each of Stripe's customers. */
export async function addCustomers(prisma: PrismaClient, customers: readonly string[]): Promise<void> {
  const data = customers.map((stripeCustomerId) => ({
    id: randomUUID(),
    email: `${stripeCustomerId}@example.com`.toLowerCase(),
    stripeCustomerId,
  }));
  await prisma.account.createMany({ data });
}
