import Stripe from 'stripe';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connect, makePrice, makeSession, refusalOf } from './client-for-test.ts';
import { type StripeEmulator, startStripe } from './index.ts';

let emulator: StripeEmulator;
let client: Stripe;

beforeEach(async () => {
  emulator = await startStripe();
  client = connect(emulator);
});
afterEach(() => emulator.close());

/** The bare answer, for what the client would not send or show. */
async function ask(path: string, options: { body?: string; headers?: Record<string, string>; method?: string } = {}) {
  const response = await fetch(`${emulator.apiUrl}${path}`, {
    method: options.method ?? (options.body === undefined ? 'GET' : 'POST'),
    body: options.body,
    headers: {
      authorization: `Bearer ${emulator.secretKey}`,
      'content-type': 'application/x-www-form-urlencoded',
      ...options.headers,
    },
  });
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) };
}

describe('keys', () => {
  test('no key, a wrong one, and one that was rolled are 401', async () => {
    const none = await ask('/v1/customers', { headers: { authorization: '' } });
    expect(none).toMatchObject({ status: 401, body: { error: { type: 'invalid_request_error' } } });
    expect(none.headers.get('www-authenticate')).toBe('Basic realm="Stripe"');
    const wrong = await refusalOf(connect({ ...emulator, secretKey: 'sk_test_wrong1234' }).customers.list());
    expect(wrong).toBeInstanceOf(Stripe.errors.StripeAuthenticationError);
    expect(wrong.message).toBe('Invalid API Key provided: sk_test_*****1234');
    emulator.setSecretKey('sk_test_rolled');
    expect((await refusalOf(client.customers.list())).statusCode).toBe(401);
  });
});

describe('addresses and parameters', () => {
  test('an unknown address is 404 with a body that the client throws', async () => {
    const refusal = await refusalOf(client.rawRequest('GET', '/v1/unicorns'));
    expect(refusal).toMatchObject({ statusCode: 404, type: 'StripeInvalidRequestError' });
    expect(refusal.message).toContain('Unrecognized request URL (GET: /v1/unicorns)');
  });

  test('every answer carries its request id and the version asked for', async () => {
    const { headers, body } = await ask('/v1/customers/cus_none', {
      headers: { 'stripe-version': '2026-10-28.endive' },
    });
    expect(headers.get('stripe-version')).toBe('2026-10-28.endive');
    const id = headers.get('request-id') ?? '';
    expect(id).toMatch(/^req_\w{14}$/);
    expect(body.error.request_log_url).toContain(id);
    expect(await ask('/v1/customers', { headers: { 'stripe-version': 'yesterday' } })).toMatchObject({ status: 400 });
  });

  test('unknown parameters, at any depth', async () => {
    const params = { email: 'a@example.com', colour: 'red' } as Stripe.CustomerCreateParams;
    expect(await refusalOf(client.customers.create(params))).toMatchObject({
      statusCode: 400,
      code: 'parameter_unknown',
      param: 'colour',
      message: 'Received unknown parameter: colour',
      doc_url: 'https://stripe.com/docs/error-codes/parameter-unknown',
    });
    const line = { price: 'price_1', quantity: 1, colour: 'red' };
    expect((await refusalOf(makeSession(client, { line_items: [line] }))).param).toBe('line_items[0][colour]');
  });

  test('missing, empty and malformed parameters', async () => {
    const product = await refusalOf(client.products.create({} as Stripe.ProductCreateParams));
    expect(product).toMatchObject({
      code: 'parameter_missing',
      param: 'name',
      message: 'Missing required param: name.',
    });
    const cases: [string, string, Record<string, unknown>][] = [
      ['/v1/products', 'name=', { code: 'parameter_invalid_empty', param: 'name' }],
      ['/v1/customers', 'email=nobody', { code: 'email_invalid', param: 'email' }],
      [
        '/v1/prices',
        'currency=usd&unit_amount=ten&product=x',
        { code: 'parameter_invalid_integer', param: 'unit_amount' },
      ],
      ['/v1/products', 'name=x&active=maybe', { message: 'Invalid boolean: maybe', param: 'active' }],
      [
        '/v1/checkout/sessions',
        'mode=loan',
        { message: 'Invalid mode: must be one of payment, setup, or subscription' },
      ],
      ['/v1/checkout/sessions', 'success_url=nowhere', { code: 'url_invalid', param: 'success_url' }],
      ['/v1/customers', 'address=here', { message: 'Invalid object', param: 'address' }],
      ['/v1/customers', 'preferred_locales=en', { message: 'Invalid array', param: 'preferred_locales' }],
    ];
    for (const [path, body, error] of cases)
      expect(await ask(path, { body })).toMatchObject({ status: 400, body: { error } });
  });

  test('what does not exist is 404 in the address and 400 in a parameter', async () => {
    expect(await refusalOf(client.customers.retrieve('cus_none'))).toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
      param: 'id',
      message: "No such customer: 'cus_none'",
    });
    const price = await refusalOf(makeSession(client, { line_items: [{ price: 'price_none', quantity: 1 }] }));
    expect(price).toMatchObject({
      statusCode: 400,
      code: 'resource_missing',
      param: 'line_items[0][price]',
      message: "No such price: 'price_none'",
    });
    expect(await refusalOf(client.checkout.sessions.retrieve('cs_none'))).toMatchObject({ statusCode: 404 });
  });

  test('metadata has at most 50 keys of 40 characters, with values of 500', async () => {
    const tell = async (metadata: Record<string, string>) =>
      (await refusalOf(client.customers.create({ metadata }))).message;
    const full = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`key${index}`, 'x'.repeat(500)]));
    const { id } = await client.customers.create({ metadata: full });
    expect((await refusalOf(client.customers.update(id, { metadata: { more: '1' } }))).message).toContain(
      'up to 50 keys',
    );
    expect(await tell({ ['k'.repeat(41)]: 'x' })).toContain('Metadata keys can have up to 40 characters');
    expect(await tell({ key: 'x'.repeat(501) })).toContain('Metadata values can have up to 500 characters');
    const emptied = await client.customers.update(id, { metadata: { key0: '', key1: 'new' } });
    expect(Object.keys(emptied.metadata)).toHaveLength(49);
    expect(emptied.metadata.key1).toBe('new');
    expect((await client.customers.update(id, { metadata: '' })).metadata).toEqual({});
  });
});

describe('expanding', () => {
  test('ids become objects, lists included, four levels deep', async () => {
    emulator.pay((await makeSession(client)).id);
    const { data } = await client.subscriptions.list({
      expand: ['data.latest_invoice.payments', 'data.customer', 'data.items.data.price.product'],
    });
    const invoice = data[0]?.latest_invoice as Stripe.Invoice;
    expect(invoice.payments?.data[0]).toMatchObject({ status: 'paid', amount_paid: 900 });
    expect(data[0]?.customer).toMatchObject({ email: 'fox@example.com' });
    expect(data[0]?.items.data[0]?.price.product).toMatchObject({ name: 'Premium' });
  });

  test('what is no reference, or too deep, is refused', async () => {
    const { id } = await client.customers.create();
    const refuse = (...expand: string[]) => refusalOf(client.customers.retrieve(id, { expand }));
    expect((await refuse('email.name')).message).toBe('This property cannot be expanded (email.name).');
    expect((await refuse('unicorn')).message).toBe('This property cannot be expanded (unicorn).');
    expect((await refuse('a.b.c.d.e')).message).toContain('cannot expand more than 4 levels');
  });
});

describe('checkout', () => {
  const now = () => emulator.now();
  const cases: [string, () => Partial<Stripe.Checkout.SessionCreateParams>, RegExp][] = [
    ['too soon', () => ({ expires_at: now() + 29 * 60 }), /at least 30 minutes/],
    ['too late', () => ({ expires_at: now() + 25 * 3600 }), /less than 24 hours/],
    [
      'two emails',
      () => ({ customer_email: 'b@example.com' }),
      /only specify one of these parameters: customer, customer_email/,
    ],
    [
      'codes and discounts',
      () => ({ allow_promotion_codes: false, discounts: [{ coupon: 'x' }] }),
      /only specify one of/,
    ],
    ['a wrong mode', () => ({ mode: 'payment' }), /passed a recurring price/],
    ['tax without a place', () => ({ automatic_tax: { enabled: true } }), /requires a valid address on the Customer/],
    [
      'data of the other mode',
      () => ({ payment_intent_data: { description: 'x' } }),
      /You can not pass `payment_intent_data`/,
    ],
    ['a locale that is none', () => ({ locale: 'tlh' }), /Invalid locale: must be one of auto, bg/],
    ['nothing to buy', () => ({ line_items: [] }), /Missing required param: line_items/],
  ];
  test.each(cases)('refuses %s', async (_, changes, words) => {
    expect((await refusalOf(makeSession(client, changes()))).message).toMatch(words);
  });

  test('refuses a one-time price for a subscription, and an inactive one', async () => {
    const once = await makePrice(client, { recurring: undefined });
    const subscribe = (price: string) => refusalOf(makeSession(client, { line_items: [{ price, quantity: 1 }] }));
    expect((await subscribe(once.id)).message).toContain('at least one recurring price in `subscription` mode');
    const price = await makePrice(client);
    await client.prices.update(price.id, { active: false });
    expect((await subscribe(price.id)).message).toContain('The price specified is inactive');
  });

  test('refuses a trial of less than two days, and a second currency', async () => {
    const soon = { subscription_data: { trial_end: emulator.now() + 86_400 } };
    expect((await refusalOf(makeSession(client, soon))).message).toContain('at least 2 days in the future');
    const first = await makeSession(client);
    emulator.pay(first.id);
    const euros = await makePrice(client, { currency: 'eur' });
    const second = makeSession(client, {
      customer: String(first.customer),
      line_items: [{ price: euros.id, quantity: 1 }],
    });
    expect((await refusalOf(second)).message).toContain('cannot combine currencies on a single customer');
  });

  test('refuses a deleted customer', async () => {
    const { id } = await client.customers.create();
    expect(await client.customers.del(id)).toEqual({ id, object: 'customer', deleted: true });
    expect(await client.customers.retrieve(id)).toMatchObject({ deleted: true });
    expect(await refusalOf(makeSession(client, { customer: id }))).toMatchObject({
      statusCode: 400,
      param: 'customer',
    });
    expect((await refusalOf(client.customers.update(id, { name: 'x' }))).statusCode).toBe(404);
    expect((await client.subscriptions.list({ customer: id })).data).toEqual([]);
    expect(await refusalOf(client.subscriptions.list({ customer: 'cus_never' }))).toMatchObject({ statusCode: 400 });
  });
});

describe('faults', () => {
  test('429 and 500 are typed, and do nothing', async () => {
    emulator.failNext({ route: 'POST /v1/customers', status: 429 });
    const limited = await refusalOf(client.customers.create());
    expect(limited).toMatchObject({ type: 'StripeRateLimitError', code: 'rate_limit', statusCode: 429 });
    emulator.failNext({ status: 500 });
    expect(await refusalOf(client.customers.create())).toMatchObject({ type: 'StripeAPIError', statusCode: 500 });
    expect((await client.customers.list()).data).toEqual([]);
  });

  test('Stripe may be down until further notice', async () => {
    emulator.failNext({ status: 503 }, Number.POSITIVE_INFINITY);
    for (let count = 0; count < 3; count++) expect((await refusalOf(client.customers.list())).statusCode).toBe(503);
    emulator.clearFaults();
    expect((await client.customers.list()).data).toEqual([]);
  });

  test('a 404 without an error in its body is no refusal to the client', async () => {
    emulator.failNext({ route: 'GET /v1/customers/:id', body: '{}', answerStatus: 404 });
    expect(await client.customers.retrieve('cus_1')).toEqual({});
    emulator.failNext({ body: '<html>' });
    expect((await refusalOf(client.customers.list())).message).toBe('Invalid JSON received from the Stripe API');
  });

  test('a reset connection is tried again by the client even when it may not retry', async () => {
    emulator.failNext({ route: 'POST /v1/customers', reset: 'after' });
    const customer = await client.customers.create({ email: 'once@example.com' });
    expect(emulator.calls.filter(({ method }) => method === 'POST')).toHaveLength(2);
    expect((await client.customers.list()).data.map(({ id }) => id)).toEqual([customer.id]);
    emulator.failNext({ reset: 'before' }, 2);
    expect((await refusalOf(client.customers.create())).type).toBe('StripeConnectionError');
  });
});
