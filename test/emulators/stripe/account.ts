import type Stripe from 'stripe';
import { createEngine } from './billing/engine.ts';
import { createInvoices } from './billing/invoices.ts';
import { createPaying } from './billing/paying.ts';
import { createPayments } from './billing/payments.ts';
import { createSubscriptions, type Policy } from './billing/subscriptions.ts';
import type { Includables } from './http/expand.ts';
import { createCheckoutPage } from './pages/checkout.ts';
import { createPages } from './pages/index.ts';
import { createInvoicePage } from './pages/invoice.ts';
import { createPortalPage } from './pages/portal.ts';
import { createCatalogue } from './resources/catalogue.ts';
import { createCheckout } from './resources/checkout.ts';
import { createCustomers } from './resources/customers.ts';
import { createDisputes } from './resources/disputes.ts';
import { createEvents } from './resources/events.ts';
import { createInvoiceRoutes } from './resources/invoice-routes.ts';
import { createPaymentRoutes } from './resources/payment-routes.ts';
import { createPortal } from './resources/portal.ts';
import { createPromotions } from './resources/promotions.ts';
import { createRefunds } from './resources/refunds.ts';
import { createSubscriptionRoutes } from './resources/subscription-routes.ts';
import { createTestClocks } from './resources/test-clocks.ts';
import { createWorld } from './world.ts';

/** One account of Stripe: everything in it, its endpoints and its pages, without HTTP. */
export function createAccount(options: {
  clock: () => number;
  apiVersion: string;
  origin: () => string;
  policy: () => Policy;
  isPortalConfigured: () => boolean;
  onEvent: (event: Stripe.Event) => void;
}) {
  const { clock, apiVersion, origin, policy, isPortalConfigured, onEvent } = options;
  const world = createWorld({ clock, apiVersion, onEvent });
  const disputes = createDisputes({ world });
  const refunds = createRefunds({ world });
  const payments = createPayments({ world, onDisputedCard: (charge) => void disputes.open(charge) });
  const invoices = createInvoices({ world, payments, origin });
  const subscriptions = createSubscriptions({ world, invoices, payments, policy });
  const checkout = createCheckout({ world, origin });
  const customers = createCustomers({
    world,
    payments,
    cancelAll: (id) => {
      for (const subscription of subscriptions.of(id)) subscriptions.cancel(subscription, 'cancellation_requested');
    },
  });
  const paying = createPaying({ world, checkout, customers, payments, subscriptions });
  const engine = createEngine({ world, subscriptions, checkout });
  const portal = createPortal({ world, origin, isConfigured: isPortalConfigured });
  const invoiceRoutes = createInvoiceRoutes({ world, invoices, payments, subscriptions });
  const testClocks = createTestClocks({ world, engine, removeCustomer: customers.remove });
  const portalPage = createPortalPage({ world, portal, payments, subscriptions });
  const includables: Includables = {
    'checkout.session': { line_items: checkout.listLines },
    invoice: { payments: invoiceRoutes.listPayments },
    customer: { subscriptions: (id) => toList(subscriptions.of(id), `/v1/customers/${id}/subscriptions`) },
    charge: {
      refunds: (id) =>
        toList(
          world.list('refund').filter(({ charge }) => charge === id),
          `/v1/charges/${id}/refunds`,
        ),
    },
  };

  return {
    world,
    engine,
    paying,
    refunds,
    disputes,
    portalPage,
    includables,
    findPage: createPages({
      checkout: createCheckoutPage({ world, checkout, paying }),
      portal: portalPage,
      invoice: createInvoicePage({ world, payments, subscriptions }),
    }),
    routes: [
      ...customers.routes,
      ...createCatalogue({ world }).routes,
      ...createPromotions({ world }).routes,
      ...checkout.routes,
      ...createSubscriptionRoutes({ world, subscriptions, payments }).routes,
      ...invoiceRoutes.routes,
      ...createPaymentRoutes({ world, payments }).routes,
      ...refunds.routes,
      ...disputes.routes,
      ...portal.routes,
      ...testClocks.routes,
      ...createEvents({ world }).routes,
    ],
    close: testClocks.close,
  };
}

function toList<T>(data: T[], url: string): Stripe.ApiList<T> {
  return { object: 'list', data, has_more: false, url };
}
