import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Stripe from 'stripe';
import { AppError, type Core, type CoreOptions } from '../../core/index.ts';
import { type StripeEmulator, startStripe } from '../emulators/stripe/index.ts';
import { startTestCore, type TestCore } from './core.ts';

export type Shop = TestCore & {
  stripe: StripeEmulator;
  /** Stripe's own client, as an operator's dashboard would act. */
  dashboard: Stripe;
  /** Ids of the prices of premium (monthly) and of the packs of 50 and 200. */
  prices: { premium: string; pack50: string; pack200: string };
  /** Resolves when every event sent so far was answered and worked on. */
  settled(): Promise<void>;
};

export const webhookSecret = 'whsec_test0123456789abcdef0123456789';

type Options = Partial<CoreOptions> & {
  environment?: Record<string, string>;
  /** Both live in the emulator's time, which begins here and stands still until it is advanced. */
  startsAt?: string | undefined;
};

/** An emulated Stripe with prices, and the settings by which Easel sells there; the packs' prices belong into their rows. */
export async function openStripe({ startsAt }: Pick<Options, 'startsAt'> = {}) {
  const stripe = await startStripe({
    webhookSecrets: [webhookSecret],
    ...(startsAt ? { clock: () => Date.parse(startsAt) } : {}),
  });
  const dashboard = new Stripe(stripe.secretKey, {
    host: stripe.host,
    port: stripe.port,
    protocol: 'http',
    telemetry: false,
  });
  const make = async (name: string, amount: number, recurring: boolean) => {
    const price = await dashboard.prices.create({
      currency: 'usd',
      unit_amount: amount,
      product_data: { name },
      ...(recurring ? { recurring: { interval: 'month' } } : {}),
    });
    return price.id;
  };
  const prices = {
    premium: await make('Premium', 900, true),
    pack50: await make('50 images', 500, false),
    pack200: await make('200 images', 1_500, false),
  };
  const environment = {
    STRIPE_SECRET_KEY: stripe.secretKey,
    STRIPE_WEBHOOK_SECRET: webhookSecret,
    STRIPE_PRICE_PREMIUM: prices.premium,
    STRIPE_API_URL: stripe.apiUrl,
  };
  return { stripe, dashboard, prices, environment };
}

/** Puts the packs on sale. */
export async function sellPacks({ database }: Pick<Core, 'database'>, prices: Shop['prices']): Promise<void> {
  const { pack } = database.prisma;
  await pack.update({ where: { slug: 'pack-50' }, data: { stripePriceId: prices.pack50 } });
  await pack.update({ where: { slug: 'pack-200' }, data: { stripePriceId: prices.pack200 } });
}

/** A core that sells, an emulated Stripe with prices, and events going from one to the other. */
export async function startShop({ environment, startsAt, ...options }: Options = {}): Promise<Shop> {
  const { stripe, dashboard, prices, environment: selling } = await openStripe({ startsAt });
  const test = await startTestCore({
    environment: { ...selling, ...environment },
    ...(startsAt ? { clock: () => new Date(stripe.now() * 1_000) } : {}),
    ...options,
  });
  const { core } = test;
  await sellPacks(core, prices);
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const status = await core.billing
      .receiveEvent(Buffer.concat(chunks), String(request.headers['stripe-signature'] ?? ''))
      .then(
        () => 200,
        (error: unknown) => (error instanceof AppError ? error.status : 500),
      );
    response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stripe.setWebhook(`http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/stripe`);
  core.startWorker();
  return {
    ...test,
    stripe,
    dashboard,
    prices,
    async settled() {
      await stripe.settled();
      await expectNone(() => core.database.prisma.inboxEvent.count({ where: { state: 'pending' } }));
    },
    async close() {
      await stripe.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await test.close();
    },
  };
}

async function expectNone(count: () => Promise<number>): Promise<void> {
  const { vi } = await import('vitest');
  await vi.waitUntil(async () => (await count()) === 0, { timeout: 10_000, interval: 20 });
}
