import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type Stripe from 'stripe';
import { createEngine } from './billing/engine.ts';
import { createInvoices } from './billing/invoices.ts';
import { createPaying, type Payer } from './billing/paying.ts';
import { createPayments } from './billing/payments.ts';
import { createSubscriptions, type Policy } from './billing/subscriptions.ts';
import { createWebhooks, type DeliverOptions } from './events/webhooks.ts';
import { createFaults } from './http/faults.ts';
import { createCheckoutPage } from './pages/checkout.ts';
import { page } from './pages/html.ts';
import { createCatalogue } from './resources/catalogue.ts';
import { createCheckout } from './resources/checkout.ts';
import { createCustomers } from './resources/customers.ts';
import { createEvents } from './resources/events.ts';
import { createSubscriptionRoutes } from './resources/subscription-routes.ts';
import { type Call, createServerStory } from './server.ts';
import { createWorld } from './world.ts';

export type StripeEmulator = Awaited<ReturnType<typeof startStripe>>;

export type EmulatorOptions = {
  secretKey?: string;
  /** Signs the events; several while one is rolled. */
  webhookSecrets?: string[];
  /** Where events are sent; may be set later. */
  webhookUrl?: string;
  /** Milliseconds since 1970. */
  clock?: () => number;
  webhookRetryMs?: number;
  apiVersion?: string;
  port?: number;
} & Partial<Policy>;

/**
 * Stripe's API, its hosted pages and its events, on a port of this machine.
 *
 *     const stripe = await startStripe({ secretKey: 'sk_test_…', webhookSecrets: ['whsec_…'] });
 *     const client = new Stripe(stripe.secretKey, { host: stripe.host, port: stripe.port, protocol: 'http' });
 *     stripe.setWebhook('http://127.0.0.1:3000/webhooks/stripe');
 *     const price = await client.prices.create({ currency: 'usd', unit_amount: 900, recurring: { interval: 'month' },
 *       product_data: { name: 'Premium' } });
 *     const session = await client.checkout.sessions.create({ mode: 'subscription', … });
 *     stripe.pay(session.id, { card: '4242424242424242' });   // or a browser, or a POST, at session.url
 *     await stripe.settled();                                 // every event sent was answered
 *     stripe.advance(31 * 86_400);                            // renewals, retries, ends of trials
 *     await stripe.close();
 *
 * `STRIPE_API_URL` is `stripe.apiUrl`. Time is `clock` plus what `advance` added; signatures carry `clock` alone.
 */
export async function startStripe(options: EmulatorOptions = {}) {
  const { clock = Date.now, apiVersion = '2026-10-28.endive', webhookRetryMs = 20 } = options;
  const { secretKey = 'sk_test_51EmulatedAccount0123456789', webhookSecrets = ['whsec_emulated0123456789abcdef'] } =
    options;
  const policy: Policy = {
    retryDays: options.retryDays ?? [3, 5, 7],
    afterRetries: options.afterRetries ?? 'canceled',
  };
  const calls: Call[] = [];
  const faults = createFaults();
  let origin = '';
  const webhooks = createWebhooks({ secrets: webhookSecrets, retryMs: webhookRetryMs, clock });
  const world = createWorld({ clock, apiVersion, onEvent: webhooks.take });
  const payments = createPayments({ world, onDisputedCard: () => {} });
  const invoices = createInvoices({ world, payments, origin: () => origin });
  const subscriptions = createSubscriptions({ world, invoices, payments, policy });
  const checkout = createCheckout({ world, subscriptions, origin: () => origin });
  const customers = createCustomers({
    world,
    cancelAll: (id) => {
      for (const subscription of subscriptions.of(id)) subscriptions.cancel(subscription, 'cancellation_requested');
    },
  });
  const paying = createPaying({ world, checkout, customers, payments, subscriptions });
  const engine = createEngine({ world, subscriptions, checkout });
  const checkoutPage = createCheckoutPage({ world, checkout, paying });
  const handle = createServerStory({
    world,
    secretKeys: () => [secretKey],
    apiVersion,
    clock,
    faults,
    calls,
    routes: [
      ...customers.routes,
      ...createCatalogue({ world }).routes,
      ...checkout.routes,
      ...createSubscriptionRoutes({ world, subscriptions, payments }).routes,
      ...createEvents({ world }).routes,
    ],
    includables: { 'checkout.session': { line_items: checkout.listLines } },
    catchUp: () => engine.runUntil(null, world.now(), () => {}),
    findPage(method, path, form) {
      const session = /^\/c\/pay\/(\w+)$/.exec(path)?.[1];
      if (session) return method === 'POST' ? checkoutPage.submit(session, form) : checkoutPage.show(session);
      return page('Page not found', '<h1>Page not found</h1>', 404);
    },
  });
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  origin = `http://127.0.0.1:${port}`;
  webhooks.setAddress(options.webhookUrl ?? null);
  const sessionOf = (id: string) => world.get('checkout.session', /cs_test_\w+/.exec(id)?.[0] ?? id);

  return {
    apiUrl: origin,
    host: '127.0.0.1',
    port,
    secretKey,
    /** Every call of the API, in order. */
    calls: calls as readonly Call[],
    failNext: faults.add,
    /** Pays a session (by id or address) as its page does; throws the page's words when it is refused. */
    pay(session: string, payer: Payer = {}): string {
      const paid = paying.pay(sessionOf(session), { card: '4242424242424242', email: 'payer@example.com', ...payer });
      if (paid.ok) return paid.redirect;
      throw new Error(paid.message);
    },
    /** Time passes for everyone who is on no test clock, and all that falls due happens. */
    advance(seconds: number): void {
      const until = world.now() + seconds;
      engine.runUntil(null, until, (at) => world.skip(Math.max(0, at - world.now())));
      world.skip(until - world.now());
    },
    /** All events made, oldest first. */
    events: (): Stripe.Event[] => world.list('event').reverse(),
    setWebhook: webhooks.setAddress,
    setWebhookSecrets: webhooks.setSecrets,
    webhookSecrets: webhooks.secrets,
    setDelivery: webhooks.setMode,
    held: webhooks.held,
    release: webhooks.release,
    /** Sends one event (or one by id) now: again, late, forged, cut short. */
    deliver: (event: Stripe.Event | string, change?: DeliverOptions) =>
      webhooks.deliver(typeof event === 'string' ? world.get('event', event) : event, change),
    deliveries: webhooks.deliveries,
    nextDelivery: webhooks.next,
    settled: webhooks.settle,
    async close(): Promise<void> {
      webhooks.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
