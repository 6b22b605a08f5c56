import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type Stripe from 'stripe';
import { createAccount } from './account.ts';
import type { Payer } from './billing/payer.ts';
import type { Policy } from './billing/subscriptions.ts';
import { createWebhooks, type DeliverOptions } from './events/webhooks.ts';
import { createFaults } from './http/faults.ts';
import { type Call, createServerStory } from './server.ts';

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
 * `STRIPE_API_URL` is `stripe.apiUrl`. The account's time is `clock` plus what `advance` added; signatures carry
 * `clock` alone. Renewals are as Stripe's: a draft for an hour, then charged, then tried again after `retryDays`.
 */
export async function startStripe(options: EmulatorOptions = {}) {
  const { clock = Date.now, apiVersion = '2026-10-28.endive', webhookRetryMs = 20 } = options;
  const { webhookSecrets = ['whsec_emulated0123456789abcdef'] } = options;
  let { secretKey = 'sk_test_51EmulatedAccount0123456789' } = options;
  let policy: Policy = { retryDays: options.retryDays ?? [3, 5, 7], afterRetries: options.afterRetries ?? 'canceled' };
  let portalConfigured = true;
  let origin = '';
  const calls: Call[] = [];
  const faults = createFaults();
  const webhooks = createWebhooks({ secrets: webhookSecrets, retryMs: webhookRetryMs, clock });
  const account = createAccount({
    clock,
    apiVersion,
    origin: () => origin,
    policy: () => policy,
    isPortalConfigured: () => portalConfigured,
    onEvent: webhooks.take,
  });
  const { world, engine, paying } = account;
  const handle = createServerStory({
    ...account,
    secretKey: () => secretKey,
    apiVersion,
    clock,
    faults,
    calls,
    catchUp: () => engine.runUntil(null, world.now(), () => {}),
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
    clearFaults: faults.clear,
    /** Another key is the right one from now on. */
    setSecretKey: (key: string): void => {
      secretKey = key;
    },
    setPolicy: (change: Partial<Policy>): void => {
      policy = { ...policy, ...change };
    },
    /** Without the dashboard's portal settings, Stripe refuses to make portal sessions. */
    setPortalConfigured: (configured: boolean): void => {
      portalConfigured = configured;
    },

    /** The account's time, in seconds. */
    now: (): number => world.now(),
    /** Time passes for everyone who is on no test clock, and all that falls due happens. */
    advance(seconds: number): void {
      const until = world.now() + seconds;
      engine.runUntil(null, until, (at) => world.skip(Math.max(0, at - world.now())));
      world.skip(until - world.now());
    },
    /** Pays a session (by id or address) as its page does: where the payer is sent, or the page's words, thrown. */
    pay(session: string, payer: Payer = {}): string {
      const usual = { card: '4242424242424242', email: 'payer@example.com', country: 'US' };
      const paid = paying.pay(sessionOf(session), { ...usual, ...payer });
      if (paid.ok) return paid.redirect;
      throw new Error(paid.message);
    },
    /** Completes a payment session whose money comes days later; `settlePayment` brings it, or its failure. */
    payLater: (session: string, email = 'payer@example.com') => paying.payLater(sessionOf(session), email),
    settlePayment: (session: string, outcome: 'succeeded' | 'failed') => paying.settle(sessionOf(session), outcome),
    /** Gives a customer and their subscriptions another card, as the portal does; the portal's words. */
    changeCard: (customer: string, card: string) =>
      account.portalPage.changeCard(world.get('customer', customer), card),
    /** As from the dashboard: refunds, disputes and their ends. */
    refund: account.refunds.create,
    failRefund: account.refunds.fail,
    openDispute: (charge: string, reason?: string) => account.disputes.open(world.get('charge', charge), reason),
    closeDispute: account.disputes.close,

    /** All events made, oldest first. */
    events: (): Stripe.Event[] => world.list('event').reverse(),
    setWebhook: webhooks.setAddress,
    setWebhookSecrets: webhooks.setSecrets,
    webhookSecrets: webhooks.secrets,
    setDelivery: webhooks.setMode,
    /** What `hold` or `stop` keeps back, oldest first. */
    held: webhooks.held,
    release: webhooks.release,
    /** Sends one event (or one by id) now: again, late, forged, cut short. */
    deliver: (event: Stripe.Event | string, change?: DeliverOptions) =>
      webhooks.deliver(typeof event === 'string' ? world.get('event', event) : event, change),
    /** Every attempt to deliver, in order. */
    deliveries: webhooks.deliveries,
    nextDelivery: webhooks.next,
    /** Waits until all that was sent is answered, or given up. */
    settled: webhooks.settle,
    async close(): Promise<void> {
      account.close();
      webhooks.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
