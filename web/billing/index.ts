import express, { type Request, type Response, type Router } from 'express';
import { type Core, platformNames } from '../../core/index.ts';
import { createPages, type Origin } from './pages.ts';

export type BillingCore = {
  billing: Pick<Core['billing'], 'receiveEvent' | 'confirm'>;
  words: Pick<Core['words'], 'html' | 'plain' | 'pick'>;
};

/** Stripe's own limit is far below. */
const eventLimitBytes = 1_000_000;
const checkoutId = /^cs_\w{1,250}$/;

/**
 * What belongs to paying: the payment service's webhook, and where people land who come back from its pages. Those are
 * for whoever has the address: they name a plan and a date, never a person. Refusals are AppErrors, for whoever mounts
 * it to show.
 */
export function createBillingPages({ core }: { core: BillingCore }): Router {
  const router = express.Router();
  const pages = createPages(core);

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

  router.get('/billing/done', async (request, response) => {
    const { checkout, look } = request.query;
    const id = typeof checkout === 'string' && checkoutId.test(checkout) ? checkout : null;
    const confirmation = id ? await core.billing.confirm(id) : null;
    if (!id || !confirmation) return send(response.status(404), pages.plain(localeOf(request), 'missing', null));
    const looked = Math.min(100, Math.max(0, Math.trunc(Number(look)) || 0));
    const again = `/billing/done?checkout=${id}&look=${looked + 1}`;
    send(response, pages.done(confirmation, { look: looked, again }));
  });
  router.get('/billing/cancelled', (request, response) => {
    send(response, pages.plain(localeOf(request), 'cancelled', originOf(request)));
  });
  router.get('/billing', (request, response) => {
    send(response, pages.plain(localeOf(request), 'returned', originOf(request)));
  });
  return router;

  function localeOf(request: Request): string {
    return core.words.pick(request.acceptsLanguages()[0]);
  }
}

function originOf({ query: { from } }: Request): Origin {
  return typeof from === 'string' && Object.hasOwn(platformNames, from) ? from : null;
}

function send(response: Response, html: string): void {
  response.set({ 'cache-control': 'no-store', vary: 'accept-language' }).type('html').send(html);
}
