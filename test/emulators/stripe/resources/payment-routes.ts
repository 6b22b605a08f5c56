import type Stripe from 'stripe';
import type { Payments } from '../billing/payments.ts';
import { refuse } from '../http/errors.ts';
import { isWithin, pageFields, paginate, timeRange } from '../http/lists.ts';
import { mergeMetadata, metadata, oneOf, required, text } from '../http/parameters.ts';
import { type Route, route } from '../http/routes.ts';
import { idOf, type World } from '../world.ts';

/** The API of charges, payment intents and payment methods: read, and for methods attached and detached. */
export function createPaymentRoutes({ world, payments }: { world: World; payments: Payments }) {
  const moneyRoutes: Route[] = [
    route(
      'GET /v1/charges',
      { ...pageFields, created: timeRange, customer: text(), payment_intent: text() },
      (input) => {
        const { customer, payment_intent: intent } = input;
        world.checkOwner(customer);
        const found = world.list('charge').filter((charge) => {
          const isOurs = customer === undefined || charge.customer === customer;
          const isOfIt = intent === undefined || charge.payment_intent === intent;
          return isOurs && isOfIt && isWithin(input.created, charge.created);
        });
        return paginate('/v1/charges', 'charge', found, input);
      },
    ),
    route('GET /v1/charges/:id', {}, (_, { id = '' }) => world.get('charge', id)),
    route('POST /v1/charges/:id', { metadata, description: text() }, (input, { id = '' }) => {
      const charge = world.get('charge', id);
      const patch = { ...input, metadata: mergeMetadata(charge.metadata, input.metadata) };
      world.change(charge, patch, 'charge.updated');
      return charge;
    }),
    route('GET /v1/payment_intents', { ...pageFields, created: timeRange, customer: text() }, (input) => {
      world.checkOwner(input.customer);
      const found = world.list('payment_intent').filter((intent) => {
        return (
          (input.customer === undefined || intent.customer === input.customer) &&
          isWithin(input.created, intent.created)
        );
      });
      return paginate('/v1/payment_intents', 'payment_intent', found, input);
    }),
    route('GET /v1/payment_intents/:id', {}, (_, { id = '' }) => world.get('payment_intent', id)),
  ];

  const methodRoutes: Route[] = [
    route('GET /v1/payment_methods', { ...pageFields, customer: text(), type: oneOf('card') }, (input) =>
      paginate('/v1/payment_methods', 'PaymentMethod', methodsOf(input.customer), input),
    ),
    route('GET /v1/customers/:id/payment_methods', { ...pageFields, type: oneOf('card') }, (input, { id = '' }) =>
      paginate(`/v1/customers/${id}/payment_methods`, 'PaymentMethod', methodsOf(world.get('customer', id).id), input),
    ),
    route('GET /v1/payment_methods/:id', {}, (_, { id = '' }) => world.get('payment_method', id)),
    route('POST /v1/payment_methods/:id/attach', { customer: required(text()) }, (input, { id = '' }) => {
      const customer = world.get('customer', input.customer, 'customer');
      const method = world.get('payment_method', payments.resolveTestCard(id));
      if (method.customer && method.customer !== customer.id) {
        throw refuse('The payment method you provided has already been attached to a customer.', {
          code: 'payment_method_unexpected_state',
        });
      }
      if (method.customer) return method;
      payments.attach(method, customer);
      return method;
    }),
    route('POST /v1/payment_methods/:id/detach', {}, (_, { id = '' }) => {
      const method = world.get('payment_method', id);
      const customer = world.find('customer', idOf(method.customer));
      if (!customer)
        throw refuse('The payment method you provided is not attached to a customer so detachment is impossible.');
      method.customer = null;
      if (customer.invoice_settings.default_payment_method === id)
        customer.invoice_settings.default_payment_method = null;
      world.emit('payment_method.detached', method, { customer: customer.id });
      return method;
    }),
  ];

  function methodsOf(customer: string | undefined): Stripe.PaymentMethod[] {
    world.checkOwner(customer);
    return world.list('payment_method').filter((method) => customer !== undefined && method.customer === customer);
  }

  return { routes: [...moneyRoutes, ...methodRoutes] };
}
