import express, { type RequestHandler, type Router } from 'express';
import { z } from 'zod';
import type { Core } from '../../core/index.ts';
import { type Auth, callerOf } from './auth.ts';
import { describeRoute } from './openapi.ts';
import { jsonBody, readBody } from './requests.ts';

const checkoutSchema = z
  .strictObject({
    item: z
      .string()
      .min(1)
      .max(32)
      .default('premium')
      .describe('What to buy: `premium`, or a pack of extra images such as `pack-50`; a refusal lists what is on sale'),
  })
  .meta({ id: 'NewCheckout' });

const pageSchema = z.object({ url: z.url().describe('Open it in a browser') });
const checkoutPageSchema = pageSchema
  .extend({ expires_at: z.iso.datetime().describe('Nothing can be paid there afterwards') })
  .meta({ id: 'CheckoutPage' });

export const accountBillingRoutes = [
  describeRoute({
    method: 'post',
    path: '/v1/account/checkout',
    summary: 'Open a page to pay on',
    description:
      'Stripe’s own page, where promotion codes work; nothing is charged before somebody pays there. Asked again for the same item it is the same page, and asked for another it closes the one before. Once the payment is in, `GET /v1/account` shows what it bought.',
    tag: 'Account',
    scope: 'manage',
    request: { body: checkoutSchema, example: { item: 'premium' } },
    responses: { 200: { description: 'The page', schema: checkoutPageSchema } },
    errors: [
      'invalid_input',
      'unknown_field',
      'not_for_sale',
      'already_subscribed',
      'sales_off',
      'price_missing',
      'payment_unavailable',
    ],
  }),
  describeRoute({
    method: 'post',
    path: '/v1/account/portal',
    summary: 'Open the page with receipts, card and subscription',
    description:
      'Stripe’s own page, where a subscription is also cancelled and resumed. Whoever has the address may do so: it opens within five minutes, for one visit.',
    tag: 'Account',
    scope: 'manage',
    responses: { 200: { description: 'The page', schema: pageSchema.meta({ id: 'PortalPage' }) } },
    errors: ['nothing_bought', 'sales_off', 'payment_unavailable'],
  }),
];

export function createAccountBillingRoutes({
  core,
  auth,
}: {
  core: Pick<Core, 'billing' | 'words'>;
  auth: Auth;
}): Router {
  const router = express.Router();

  router.post(
    '/v1/account/checkout',
    auth('manage'),
    unlessEmpty(jsonBody),
    async (request: express.Request, response: express.Response) => {
      const { item } = readBody(request, checkoutSchema);
      const { account } = callerOf(response);
      const locale = core.words.pick(request.acceptsLanguages()[0]);
      const { url, expiresAt } = await core.billing.openCheckout({ account, item, replyTo: null, locale });
      const answer: z.infer<typeof checkoutPageSchema> = { url, expires_at: expiresAt.toISOString() };
      response.set('cache-control', 'no-store').json(answer);
    },
  );

  router.post('/v1/account/portal', auth('manage'), async (_request, response) => {
    const answer: z.infer<typeof pageSchema> = { url: await core.billing.openPortal(callerOf(response).account) };
    response.set('cache-control', 'no-store').json(answer);
  });

  return router;
}

/** Nothing at all asks for what is usual. */
function unlessEmpty(handlers: readonly RequestHandler[]): RequestHandler[] {
  const isEmpty = ({ headers }: express.Request) =>
    Number(headers['content-length'] ?? 0) === 0 && !headers['transfer-encoding'];
  return handlers.map((handle) => (request, response, next) => {
    if (isEmpty(request)) next();
    else return handle(request, response, next);
  });
}
