import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Stripe from 'stripe';
import type { StripeEmulator } from './index.ts';

/** The real client, pointed at the emulator, that shows every refusal at once. */
export function connect({ secretKey, host, port }: StripeEmulator, changes: Stripe.StripeConfig = {}): Stripe {
  return new Stripe(secretKey, { host, port, protocol: 'http', maxNetworkRetries: 0, ...changes });
}

/** A monthly price of nine dollars, unless told otherwise. */
export function makePrice(client: Stripe, changes: Partial<Stripe.PriceCreateParams> = {}): Promise<Stripe.Price> {
  return client.prices.create({
    currency: 'usd',
    unit_amount: 900,
    recurring: { interval: 'month' },
    product_data: { name: 'Premium' },
    ...changes,
  });
}

/** An open session of a new customer for that price. */
export async function makeSession(client: Stripe, changes: Partial<Stripe.Checkout.SessionCreateParams> = {}) {
  const customer = changes.customer ?? (await client.customers.create({ email: 'fox@example.com' })).id;
  const line = { price: (await makePrice(client)).id, quantity: 1 };
  return client.checkout.sessions.create({
    mode: 'subscription',
    line_items: [line],
    success_url: 'http://127.0.0.1:1/done?session={CHECKOUT_SESSION_ID}',
    cancel_url: 'http://127.0.0.1:1/back',
    ...changes,
    customer,
  });
}

/** Somebody who takes events, and answers what `answers` says next (200 when it is empty). */
export async function startReceiver() {
  const received: { body: string; signature: string; event: Stripe.Event }[] = [];
  const answers: number[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const signature = String(request.headers['stripe-signature']);
    const event = body.endsWith('}') ? JSON.parse(body) : null;
    received.push({ body, signature, event });
    response.writeHead(answers.shift() ?? 200).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/stripe`,
    received,
    answers,
    types: () => received.map(({ event }) => event?.type),
    close: (): void => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** What the client threw. */
export async function refusalOf(work: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  const outcome = await work.then(
    () => new Error('It was not refused.'),
    (error: unknown) => error,
  );
  if (outcome instanceof Stripe.errors.StripeError) return outcome;
  throw outcome;
}
