import type Stripe from 'stripe';
import { refusals, refuse } from '../http/errors.ts';
import { object, oneOf, required, text, url } from '../http/parameters.ts';
import { type Route, route } from '../http/routes.ts';
import { newId, randomLetters, type World } from '../world.ts';
import { portalLocales } from './locales.ts';

const minute = 60;
const fields = {
  configuration: text(),
  customer: text(),
  flow_data: object({
    type: required(oneOf('payment_method_update', 'subscription_cancel')),
    subscription_cancel: object({ subscription: required(text()) }),
  }),
  locale: oneOf(...portalLocales),
  return_url: url,
};

/** Sessions of the customer portal: an address that must be opened within five minutes, and then lasts an hour. */
export function createPortal(options: { world: World; origin: () => string; isConfigured: () => boolean }) {
  const { world, origin, isConfigured } = options;
  const secrets = new Map<string, { session: Stripe.BillingPortal.Session; until: number }>();

  const routes: Route[] = [
    route('POST /v1/billing_portal/sessions', fields, (input) => {
      if (!input.customer) throw refusals.missing('customer');
      const customer = world.get('customer', input.customer, 'customer');
      if (!isConfigured()) {
        throw refuse(
          'No configuration provided and your test mode default configuration has not been created. Provide a configuration or create your default by saving your customer portal settings in test mode at https://dashboard.stripe.com/test/settings/billing/portal.',
        );
      }
      const cancelled = input.flow_data?.subscription_cancel?.subscription;
      if (input.flow_data?.type === 'subscription_cancel' && !cancelled) {
        throw refusals.missing('flow_data[subscription_cancel]');
      }
      if (cancelled) world.get('subscription', cancelled, 'flow_data[subscription_cancel][subscription]');
      const secret = `test_${randomLetters(40)}`;
      const session: Stripe.BillingPortal.Session = {
        id: newId('bps'),
        object: 'billing_portal.session',
        configuration: input.configuration ?? 'bpc_1EmulatedDefault0000000',
        created: world.now(),
        customer: customer.id,
        customer_account: null,
        flow: input.flow_data ? makeFlow(input.flow_data.type, cancelled) : null,
        livemode: false,
        locale: input.locale ?? null,
        on_behalf_of: null,
        return_url: input.return_url ?? null,
        url: `${origin()}/p/session/${secret}`,
      };
      secrets.set(secret, { session, until: world.now() + 5 * minute });
      world.insert('billing_portal.session', session);
      world.emit('billing_portal.session.created', session);
      return session;
    }),
  ];

  /** The session of an address that still works; using it keeps it for an hour. */
  function open(secret: string): Stripe.BillingPortal.Session | null {
    const found = secrets.get(secret);
    if (!found || world.now() > found.until) return null;
    found.until = world.now() + 60 * minute;
    return found.session;
  }

  return { routes, open };
}

function makeFlow(type: string, subscription: string | undefined): Stripe.BillingPortal.Session.Flow {
  return {
    after_completion: { hosted_confirmation: null, redirect: null, type: 'portal_homepage' },
    customer_update: null,
    subscription_cancel: subscription ? { retention: null, subscription } : null,
    subscription_pause: null,
    subscription_update: null,
    subscription_update_confirm: null,
    type,
  };
}
