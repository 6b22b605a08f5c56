import type Stripe from 'stripe';
import type { Invoices } from '../billing/invoices.ts';
import type { Payments } from '../billing/payments.ts';
import type { Subscriptions } from '../billing/subscriptions.ts';
import { Refusal, refuse } from '../http/errors.ts';
import { isWithin, pageFields, paginate, timeRange } from '../http/lists.ts';
import { flag, object, oneOf, text } from '../http/parameters.ts';
import { type Route, route } from '../http/routes.ts';
import { idOf, type World } from '../world.ts';

const statuses = ['draft', 'open', 'paid', 'uncollectible', 'void'] as const;

/** The API of invoices, and of the payments that tie them to payment intents. */
export function createInvoiceRoutes(options: {
  world: World;
  invoices: Invoices;
  payments: Payments;
  subscriptions: Subscriptions;
}) {
  const { world, invoices, payments, subscriptions } = options;
  const get = (id: string) => world.get('invoice', id);

  function pay(invoice: Stripe.Invoice, method: string | undefined): Stripe.Invoice {
    if (invoice.status === 'paid') throw refuse('Invoice is already paid', { code: 'invoice_already_paid' });
    if (invoice.status === 'draft') invoices.finalize(invoice);
    if (invoice.status !== 'open') throw refuse(`This invoice can no longer be paid: its status is ${invoice.status}.`);
    const own = method ? world.get('payment_method', payments.resolveTestCard(method), 'payment_method') : null;
    subscriptions.collect(invoice, { method: own });
    if (isPaid(invoice)) return invoice;
    const intent = intentOf(invoice);
    const error = intent?.last_payment_error;
    throw new Refusal(402, {
      type: 'card_error',
      message: error?.message ?? 'There is no payment method to pay this invoice with.',
      ...(error?.code && { code: error.code }),
      ...(error?.decline_code && { decline_code: error.decline_code }),
    });
  }

  function intentOf(invoice: Stripe.Invoice): Stripe.PaymentIntent | undefined {
    const payment = world.list('invoice_payment').find((one) => one.invoice === invoice.id);
    return world.find('payment_intent', idOf(payment?.payment.payment_intent));
  }

  const routes: Route[] = [
    route(
      'GET /v1/invoices',
      { ...pageFields, created: timeRange, customer: text(), status: oneOf(...statuses), subscription: text() },
      (input) => {
        const { customer, status, subscription } = input;
        world.checkOwner(customer);
        const found = world.list('invoice').filter((invoice) => {
          const owner = idOf(invoice.parent?.subscription_details?.subscription);
          const isOurs = customer === undefined || invoice.customer === customer;
          const isOfIt = subscription === undefined || owner === subscription;
          return (
            isOurs &&
            isOfIt &&
            (status === undefined || invoice.status === status) &&
            isWithin(input.created, invoice.created)
          );
        });
        return paginate('/v1/invoices', 'invoice', found, input);
      },
    ),
    route('GET /v1/invoices/:id', {}, (_, { id = '' }) => get(id)),
    route('GET /v1/invoices/:id/lines', pageFields, (input, { id = '' }) =>
      paginate(`/v1/invoices/${id}/lines`, 'line item', get(id).lines.data, input),
    ),
    route('POST /v1/invoices/:id/pay', { payment_method: text(), off_session: flag }, (input, { id = '' }) =>
      pay(get(id), input.payment_method),
    ),
    route('POST /v1/invoices/:id/void', {}, (_, { id = '' }) => {
      const invoice = get(id);
      if (invoice.status !== 'open' && invoice.status !== 'uncollectible') {
        throw refuse(`You can only pass in open or uncollectible invoices. This invoice isn't open.`);
      }
      invoices.void(invoice);
      return invoice;
    }),
    route('POST /v1/invoices/:id/finalize', { auto_advance: flag }, (_, { id = '' }) => {
      const invoice = get(id);
      if (invoice.status !== 'draft')
        throw refuse("This invoice is already finalized, you can't re-finalize a non-draft invoice.");
      invoices.finalize(invoice);
      return invoice;
    }),
    route(
      'GET /v1/invoice_payments',
      {
        ...pageFields,
        invoice: text(),
        payment: object({ type: oneOf('payment_intent', 'charge'), payment_intent: text(), charge: text() }),
        status: oneOf('open', 'paid', 'canceled'),
      },
      (input) => {
        const found = world.list('invoice_payment').filter((one) => {
          const intent = input.payment?.payment_intent;
          const isOfIt = input.invoice === undefined || one.invoice === input.invoice;
          const isBy = intent === undefined || one.payment.payment_intent === intent;
          return isOfIt && isBy && (input.status === undefined || one.status === input.status);
        });
        return paginate('/v1/invoice_payments', 'invoice payment', found, input);
      },
    ),
  ];

  /** What `expand[]=payments` puts into an invoice. */
  function listPayments(invoice: string): Stripe.ApiList<Stripe.InvoicePayment> {
    const data = world.list('invoice_payment').filter((one) => one.invoice === invoice);
    return { object: 'list', data, has_more: false, url: `/v1/invoice_payments?invoice=${invoice}` };
  }

  return { routes, listPayments };
}

function isPaid({ status }: Stripe.Invoice): boolean {
  return status === 'paid';
}
