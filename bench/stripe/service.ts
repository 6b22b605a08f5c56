import { randomUUID } from 'node:crypto';
import Stripe from 'stripe';
import { startStripe } from '../../test/emulators/stripe/index.ts';
import { answerParent } from '../support/child.ts';
import { type ServiceTasks, secretKey, webhookSecret } from './settings.ts';

// Of its own process: what it spends is not the server's.
let stripe: Awaited<ReturnType<typeof startStripe>>;

answerParent({
  async start({ customers, answerMs }) {
    stripe = await startStripe({ secretKey, webhookSecrets: [webhookSecret] });
    const dashboard = new Stripe(secretKey, { host: stripe.host, port: stripe.port, protocol: 'http' });
    const price = await dashboard.prices.create({
      currency: 'usd',
      unit_amount: 900,
      recurring: { interval: 'month' },
      product_data: { name: 'Premium' },
    });
    const made: string[] = [];
    while (made.length < customers) {
      const { id } = await dashboard.customers.create({ email: `${randomUUID()}@example.com` });
      stripe.changeCard(id, '4242424242424242');
      await dashboard.subscriptions.create({ customer: id, items: [{ price: price.id }] });
      made.push(id);
    }
    stripe.failNext({ delayMs: answerMs }, Number.POSITIVE_INFINITY);
    return { apiUrl: stripe.apiUrl, price: price.id, customers: made };
  },

  calls: () => stripe.calls.length,
} satisfies ServiceTasks);
