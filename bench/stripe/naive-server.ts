import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from '@prisma/client';
import express from 'express';
import Stripe from 'stripe';
import { answerParent } from '../support/child.ts';
import { addCustomers, type SideTasks } from './side.ts';

// The naive way: the event is checked, Stripe is asked what is true, that is written, and then it is answered.
let prisma: PrismaClient;

answerParent({
  async start({ databaseUrl, apiUrl, secretKey, webhookSecret, customers }) {
    prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: databaseUrl }) });
    await addCustomers(prisma, customers);
    const { hostname, port } = new URL(apiUrl);
    const stripe = new Stripe(secretKey, { host: hostname, port: Number(port), protocol: 'http', telemetry: false });
    const app = express().disable('x-powered-by');
    app.post('/webhooks/stripe', express.raw({ type: () => true }), async (request, response) => {
      const signature = request.get('stripe-signature') ?? '';
      const event = stripe.webhooks.constructEvent(request.body, signature, webhookSecret);
      const { customer } = event.data.object as { customer: string };
      await prisma.inboxEvent.create({ data: toRow(event, customer) });
      const { data } = await stripe.subscriptions.list({ customer, status: 'all' });
      for (const subscription of data) await write(subscription);
      await prisma.inboxEvent.updateMany({
        where: { eventId: event.id },
        data: { state: 'done', finishedAt: new Date() },
      });
      response.send('ok');
    });
    const server = app.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/stripe`;
  },
  async count() {
    const kept = await prisma.inboxEvent.count();
    const done = await prisma.inboxEvent.count({ where: { state: 'done' } });
    return { kept, done, active: await prisma.subscription.count({ where: { status: 'active' } }) };
  },
} satisfies SideTasks);

function toRow({ id, type }: Stripe.Event, customerId: string) {
  const now = new Date();
  const times = { occurredAt: now, createdAt: now, nextAttemptAt: now };
  return { id: randomUUID(), provider: 'stripe', eventId: id, type, customerId, ...times };
}

async function write({ id, customer, status, items, created }: Stripe.Subscription): Promise<void> {
  const [item] = items.data;
  const account = await prisma.account.findUniqueOrThrow({ where: { stripeCustomerId: customer as string } });
  const until = new Date((item?.current_period_end ?? 0) * 1_000);
  const now = new Date();
  const row = { status, currentPeriodEnd: until, syncedAt: now, planSlug: 'premium' };
  await prisma.subscription.upsert({
    where: { id },
    update: row,
    create: {
      ...row,
      id,
      accountId: account.id,
      priceId: item?.price.id ?? '',
      amount: item?.price.unit_amount ?? 0,
      currency: 'usd',
      interval: 'month',
      createdAt: new Date(created * 1_000),
    },
  });
  const entitled = { entitledPlanSlug: status === 'active' ? 'premium' : null, entitledUntil: until };
  await prisma.account.update({ where: { id: account.id }, data: entitled });
}
