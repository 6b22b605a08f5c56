import type { AddressInfo } from 'node:net';
import express from 'express';
import { type Core, createCore, createLog, readSettings } from '../../core/index.ts';
import { createBillingPages } from '../../web/billing/index.ts';
import { coreDirectory } from '../accept/bench-core.ts';
import { answerParent } from '../support/child.ts';
import { addCustomers, type SideTasks } from './side.ts';

// Easel's way: the event is written and answered, and worked on by whichever process has the role of a worker.
let core: Core;

answerParent({
  async start({ databaseUrl, redisUrl, apiUrl, price, secretKey, webhookSecret, customers, roles }) {
    const settings = readSettings({
      DATA_DIR: coreDirectory,
      LOG_LEVEL: 'fatal',
      PORT: '0',
      STRIPE_SECRET_KEY: secretKey,
      STRIPE_WEBHOOK_SECRET: webhookSecret,
      STRIPE_PRICE_PREMIUM: price,
      STRIPE_API_URL: apiUrl,
    });
    core = await createCore({ settings, databaseUrl, redisUrl, log: createLog(settings) });
    if (roles.includes('worker')) core.startWorker();
    if (!roles.includes('web')) return '';
    await addCustomers(core.database.prisma, customers);
    const app = express().disable('x-powered-by').use(createBillingPages({ core }));
    const server = app.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/stripe`;
  },
  async count() {
    const { prisma } = core.database;
    const kept = await prisma.inboxEvent.count();
    const done = await prisma.inboxEvent.count({ where: { state: 'done' } });
    return { kept, done, active: await prisma.subscription.count({ where: { status: 'active' } }) };
  },
} satisfies SideTasks);
