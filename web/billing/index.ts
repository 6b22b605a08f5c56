import express, { type Router } from 'express';
import type { Core } from '../../core/index.ts';

export type BillingCore = { billing: Pick<Core['billing'], 'receiveEvent'> };

/** Stripe's own limit is far below. */
const eventLimitBytes = 1_000_000;

/** What belongs to paying: the payment service's webhook. Refusals are AppErrors, for whoever mounts it to show. */
export function createBillingPages({ core }: { core: BillingCore }): Router {
  const router = express.Router();

  // Its signature is of the very bytes that were sent.
  router.post(
    '/webhooks/stripe',
    express.raw({ type: () => true, limit: eventLimitBytes }),
    async (request, response) => {
      const rawBody = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      await core.billing.receiveEvent(rawBody, request.get('stripe-signature') ?? '');
      response.type('text').send('ok');
    },
  );

  return router;
}
