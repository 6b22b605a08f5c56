import type Stripe from 'stripe';
import { refusals, refuse } from '../http/errors.ts';
import { pageFields, paginate } from '../http/lists.ts';
import {
  flag,
  integer,
  list,
  mergeMetadata,
  metadata,
  object,
  oneOf,
  required,
  text,
  unsettable,
} from '../http/parameters.ts';
import { type Route, route } from '../http/routes.ts';
import { newId, type World } from '../world.ts';

const recurring = object({
  interval: required(oneOf('day', 'week', 'month', 'year')),
  interval_count: integer({ min: 1, max: 1095 }),
  usage_type: oneOf('licensed'),
});
const productFields = {
  active: flag,
  description: unsettable(text()),
  images: list(text()),
  metadata,
  url: unsettable(text()),
};

/** Products and their prices, recurring or one-time. */
export function createCatalogue({ world }: { world: World }) {
  const productRoutes: Route[] = [
    route('POST /v1/products', { ...productFields, id: text(), name: required(text()) }, (input) => {
      const { metadata: given, id = newId('prod', 14), ...rest } = input;
      if (world.find('product', id)) throw refuse('Product already exists.', { code: 'resource_already_exists' });
      const product = { ...blankProduct(id, input.name, world.now()), ...rest, metadata: mergeMetadata({}, given) };
      world.insert('product', product);
      world.emit('product.created', product);
      return product;
    }),
    route('GET /v1/products', { ...pageFields, active: flag }, (input) =>
      paginate('/v1/products', 'product', filterActive(world.list('product'), input.active), input),
    ),
    route('GET /v1/products/:id', {}, (_, { id = '' }) => world.get('product', id)),
    route('POST /v1/products/:id', { ...productFields, name: text(), default_price: text() }, (input, { id = '' }) => {
      const product = world.get('product', id);
      if (input.default_price) world.get('price', input.default_price, 'default_price');
      const patch = { ...input, metadata: mergeMetadata(product.metadata, input.metadata), updated: world.now() };
      world.change(product, patch, 'product.updated');
      return product;
    }),
  ];

  const priceRoutes: Route[] = [
    route(
      'POST /v1/prices',
      {
        active: flag,
        currency: required(text(3)),
        lookup_key: text(200),
        metadata,
        nickname: text(),
        product: text(),
        product_data: object({ name: required(text()) }),
        recurring,
        unit_amount: integer(),
      },
      (input) => {
        const { product, product_data: data, unit_amount: amount } = input;
        if (amount === undefined) throw refusals.missing('unit_amount');
        if (product !== undefined && data) throw refusals.onlyOne('product', 'product_data');
        if (product === undefined && !data) throw refusals.missing('product');
        const owner = data ? addProduct(data.name) : world.get('product', product ?? '', 'product');
        const price = makePrice({ ...input, amount, product: owner.id }, world.now());
        world.insert('price', price);
        world.emit('price.created', price);
        return price;
      },
    ),
    route(
      'GET /v1/prices',
      { ...pageFields, active: flag, product: text(), lookup_keys: list(text()), type: oneOf('one_time', 'recurring') },
      (input) => {
        const found = filterActive(world.list('price'), input.active).filter(
          (price) =>
            (input.product === undefined || price.product === input.product) &&
            (input.type === undefined || price.type === input.type) &&
            (input.lookup_keys === undefined || input.lookup_keys.includes(price.lookup_key ?? '')),
        );
        return paginate('/v1/prices', 'price', found, input);
      },
    ),
    route('GET /v1/prices/:id', {}, (_, { id = '' }) => world.get('price', id)),
    route(
      'POST /v1/prices/:id',
      { active: flag, metadata, nickname: unsettable(text()), lookup_key: unsettable(text(200)) },
      (input, { id = '' }) => {
        const price = world.get('price', id);
        world.change(price, { ...input, metadata: mergeMetadata(price.metadata, input.metadata) }, 'price.updated');
        return price;
      },
    ),
  ];

  function addProduct(name: string): Stripe.Product {
    const product = world.insert('product', blankProduct(newId('prod', 14), name, world.now()));
    world.emit('product.created', product);
    return product;
  }

  return { routes: [...productRoutes, ...priceRoutes] };
}

/** The deprecated plan that Stripe still shows beside a recurring price. */
export function planOf(price: Stripe.Price): Stripe.Plan {
  return {
    id: price.id,
    object: 'plan',
    active: price.active,
    amount: price.unit_amount,
    amount_decimal: price.unit_amount_decimal,
    billing_scheme: 'per_unit',
    created: price.created,
    currency: price.currency,
    interval: price.recurring?.interval ?? 'month',
    interval_count: price.recurring?.interval_count ?? 1,
    livemode: false,
    metadata: price.metadata,
    meter: null,
    nickname: price.nickname,
    product: price.product,
    tiers_mode: null,
    transform_usage: null,
    trial_period_days: null,
    usage_type: 'licensed',
  };
}

/** The text that travels: the client's types show what the client makes of it. */
export function toDecimal(amount: number): Stripe.Decimal {
  return String(amount) as unknown as Stripe.Decimal;
}

function filterActive<T extends { active: boolean }>(items: T[], active: boolean | undefined): T[] {
  return active === undefined ? items : items.filter((item) => item.active === active);
}

type NewPrice = {
  amount: number;
  product: string;
  currency: string;
  active?: boolean;
  lookup_key?: string;
  nickname?: string;
  metadata?: Record<string, string> | null;
  recurring?: ReturnType<typeof recurring>;
};

function makePrice(given: NewPrice, created: number): Stripe.Price {
  const { interval, interval_count = 1 } = given.recurring ?? {};
  return {
    id: newId('price'),
    object: 'price',
    active: given.active ?? true,
    billing_scheme: 'per_unit',
    created,
    currency: given.currency.toLowerCase(),
    custom_unit_amount: null,
    livemode: false,
    lookup_key: given.lookup_key ?? null,
    metadata: mergeMetadata({}, given.metadata),
    nickname: given.nickname ?? null,
    product: given.product,
    recurring: interval
      ? { interval, interval_count, meter: null, trial_period_days: null, usage_type: 'licensed' }
      : null,
    tax_behavior: 'unspecified',
    tiers_mode: null,
    transform_quantity: null,
    type: interval ? 'recurring' : 'one_time',
    unit_amount: given.amount,
    unit_amount_decimal: toDecimal(given.amount),
  };
}

function blankProduct(id: string, name: string, created: number): Stripe.Product {
  return {
    id,
    object: 'product',
    active: true,
    created,
    default_price: null,
    description: null,
    images: [],
    livemode: false,
    marketing_features: [],
    metadata: {},
    name,
    package_dimensions: null,
    shippable: null,
    statement_descriptor: null,
    tax_code: null,
    tax_details: null,
    type: 'service',
    unit_label: null,
    updated: created,
    url: null,
  };
}
