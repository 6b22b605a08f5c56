import type Stripe from 'stripe';
import type { Payments } from '../billing/payments.ts';
import { isWithin, pageFields, paginate, timeRange } from '../http/lists.ts';
import { email, list, mergeMetadata, metadata, object, oneOf, text, unsettable } from '../http/parameters.ts';
import { type Route, route } from '../http/routes.ts';
import { newId, type World } from '../world.ts';

const address = object({
  city: text(),
  country: text(2),
  line1: text(),
  line2: text(),
  postal_code: text(),
  state: text(),
});
const fields = {
  address: unsettable(address),
  description: unsettable(text()),
  email: unsettable(email),
  name: unsettable(text(256)),
  phone: unsettable(text(20)),
  preferred_locales: list(text()),
  tax_exempt: unsettable(oneOf('none', 'exempt', 'reverse')),
  invoice_settings: object({ default_payment_method: text() }),
  metadata,
};
const kind = 'customer';

/** Customers: made, changed, listed, and deleted, which ends their subscriptions at once. */
export function createCustomers(options: {
  world: World;
  payments: Payments;
  cancelAll: (customerId: string) => void;
}) {
  const { world, payments, cancelAll } = options;

  function create(given: Partial<Stripe.Customer>): Stripe.Customer {
    const testClock = given.test_clock ?? null;
    const customer = { ...blankCustomer(newId('cus', 14)), ...given };
    customer.created = world.now({ ...customer, test_clock: testClock });
    world.insert(kind, customer);
    world.emit('customer.created', customer);
    return customer;
  }

  function remove(id: string): Stripe.DeletedCustomer {
    const customer = world.get(kind, id);
    cancelAll(id);
    world.remove(kind, id);
    world.emit('customer.deleted', customer);
    return { id, object: 'customer', deleted: true };
  }

  const routes: Route[] = [
    route('POST /v1/customers', { ...fields, test_clock: text(), payment_method: text() }, (input) => {
      const { metadata: given, address: place, invoice_settings: settings, payment_method: card, ...rest } = input;
      if (rest.test_clock) world.get('test_helpers.test_clock', rest.test_clock, 'test_clock');
      const method = card && world.get('payment_method', payments.resolveTestCard(card), 'payment_method');
      const customer = create({ ...rest, address: toAddress(place), metadata: mergeMetadata({}, given) });
      if (!method) return customer;
      payments.attach(method, customer);
      if (settings) customer.invoice_settings.default_payment_method = method.id;
      return customer;
    }),
    route('GET /v1/customers', { ...pageFields, email: text(), created: timeRange, test_clock: text() }, (input) => {
      const found = world.list(kind).filter((customer) => {
        const clockMatches = (customer.test_clock ?? undefined) === input.test_clock;
        const emailMatches = input.email === undefined || customer.email === input.email;
        return clockMatches && emailMatches && isWithin(input.created, customer.created);
      });
      return paginate('/v1/customers', kind, found, input);
    }),
    route('GET /v1/customers/:id', {}, (_, { id = '' }) =>
      world.wasRemoved(id) ? { id, object: kind, deleted: true } : world.get(kind, id),
    ),
    route('POST /v1/customers/:id', fields, (input, { id = '' }) => {
      const customer = world.get(kind, id);
      const { metadata: given, address: place, invoice_settings: settings, ...rest } = input;
      const method = settings?.default_payment_method;
      if (method) world.get('payment_method', method, 'invoice_settings[default_payment_method]');
      const patch: Partial<Stripe.Customer> = { ...rest, metadata: mergeMetadata(customer.metadata, given) };
      if (place !== undefined) patch.address = toAddress(place);
      if (method) patch.invoice_settings = { ...customer.invoice_settings, default_payment_method: method };
      world.change(customer, patch, 'customer.updated');
      return customer;
    }),
    route('DELETE /v1/customers/:id', {}, (_, { id = '' }) => remove(id)),
  ];

  return { routes, create, remove };
}

function toAddress(given: Partial<Stripe.Address> | null | undefined): Stripe.Address | null {
  if (!given) return null;
  const { city = null, country = null, line1 = null, line2 = null, postal_code = null, state = null } = given;
  return { city, country, line1, line2, postal_code, state };
}

function blankCustomer(id: string): Stripe.Customer {
  return {
    id,
    object: 'customer',
    address: null,
    balance: 0,
    created: 0,
    currency: null,
    customer_account: null,
    default_source: null,
    delinquent: false,
    description: null,
    discount: null,
    email: null,
    invoice_prefix: id.slice(-8).toUpperCase(),
    invoice_settings: { custom_fields: null, default_payment_method: null, footer: null, rendering_options: null },
    livemode: false,
    metadata: {},
    name: null,
    next_invoice_sequence: 1,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
    test_clock: null,
  };
}
