import type Stripe from 'stripe';
import { findCard } from '../billing/cards.ts';
import type { Payments } from '../billing/payments.ts';
import type { Subscriptions } from '../billing/subscriptions.ts';
import type { createPortal } from '../resources/portal.ts';
import { toCancellation } from '../resources/subscription-changes.ts';
import { idOf, type World } from '../world.ts';
import { escapeHtml, field, money, type Page, page } from './html.ts';

/** The customer portal: what is subscribed, cancelling and resuming it, another card, past invoices, the way back. */
export function createPortalPage(options: {
  world: World;
  portal: ReturnType<typeof createPortal>;
  payments: Payments;
  subscriptions: Subscriptions;
}) {
  const { world, portal, payments, subscriptions } = options;

  function show(secret: string, notice = ''): Page {
    const session = portal.open(secret);
    const customer = world.find('customer', session?.customer);
    if (!session || !customer) {
      return page('Session expired', '<h1>Your session has expired</h1><p>Go back and open the portal again.</p>', 404);
    }
    return page(
      'Billing',
      `<h1>Manage your billing</h1>
${notice ? `<p role="alert">${escapeHtml(notice)}</p>` : ''}
${sectionsFor(session, customer).join('')}
${session.return_url ? `<p><a href="${escapeHtml(session.return_url)}">Return</a></p>` : ''}`,
    );
  }

  /** Everything, or the one thing that the session's flow is for. */
  function sectionsFor({ flow }: Stripe.BillingPortal.Session, customer: Stripe.Customer): string[] {
    const only = idOf(flow?.subscription_cancel?.subscription);
    const current = subscriptions
      .of(customer.id)
      .filter((one) => !subscriptions.isOver(one) && (only === null || one.id === only));
    const invoices = world.list('invoice').filter((invoice) => invoice.customer === customer.id);
    const subscribed = `<h2>Current subscription</h2>
${current.map((one) => describe(one)).join('') || '<p>No current subscription</p>'}`;
    const card = `<h2>Payment method</h2>
<p>${describeCard(customer, current[0])}</p>
<form method="post">
${field('New card number', 'card', '', 'inputmode="numeric" autocomplete="cc-number"')}
<button name="action" value="card">Change card</button>
</form>`;
    if (flow?.type === 'payment_method_update') return [card];
    if (flow?.type === 'subscription_cancel') return [subscribed];
    const history = invoices.map((invoice) => `<li>${describeInvoice(invoice)}</li>`).join('');
    return [subscribed, card, `<h2>Invoice history</h2><ul>${history}</ul>`];
  }

  function submit(secret: string, form: URLSearchParams): Page {
    const session = portal.open(secret);
    const customer = world.find('customer', session?.customer);
    if (!session || !customer) return show(secret);
    const action = form.get('action');
    if (action === 'card') return show(secret, changeCard(customer, form.get('card') ?? ''));
    const subscription = world.find('subscription', form.get('subscription'));
    if (!subscription || subscription.customer !== customer.id || subscriptions.isOver(subscription))
      return show(secret);
    const patch = toCancellation(subscription, { cancel_at_period_end: action === 'cancel' }, world.now(customer));
    subscriptions.setStatus(subscription, patch);
    return { redirect: `/p/session/${secret}` };
  }

  /** The customer's default from now on, and that of the subscriptions; the words for the page. */
  function changeCard(customer: Stripe.Customer, given: string): string {
    const number = given.replace(/\s/g, '');
    const refused = number === '' ? { message: 'Enter a card number.' } : findCard(number).onSession;
    if (refused) return refused.message;
    const method = payments.addCard(customer, number, customer.email);
    const settings = { ...customer.invoice_settings, default_payment_method: method.id };
    world.change(customer, { invoice_settings: settings }, 'customer.updated');
    for (const subscription of subscriptions.of(customer.id)) {
      if (!subscriptions.isOver(subscription))
        subscriptions.setStatus(subscription, { default_payment_method: method.id });
    }
    return 'Your card was changed.';
  }

  function describe(subscription: Stripe.Subscription): string {
    const [item] = subscription.items.data;
    if (!item) return '';
    const product = world.find('product', idOf(item.price.product))?.name ?? 'Subscription';
    const end = new Date(item.current_period_end * 1000).toISOString().slice(0, 10);
    const ends = subscription.cancel_at !== null;
    const action = ends ? 'resume' : 'cancel';
    return `<form method="post">
<p>${escapeHtml(product)}: ${money(item.price.unit_amount ?? 0, subscription.currency)} (${subscription.status})</p>
<p>${ends ? 'Cancels on' : 'Renews on'} ${end}</p>
<input type="hidden" name="subscription" value="${subscription.id}">
<button name="action" value="${action}">${ends ? 'Resume subscription' : 'Cancel subscription'}</button>
</form>`;
  }

  function describeCard(customer: Stripe.Customer, subscription: Stripe.Subscription | undefined): string {
    const method = payments.methodOf(customer, subscription?.default_payment_method ?? null);
    return method?.card ? `${method.card.brand} •••• ${method.card.last4}` : 'No card';
  }

  return { show, submit, changeCard };
}

function describeInvoice(invoice: Stripe.Invoice): string {
  const text = `${invoice.number ?? 'Draft'}: ${money(invoice.total, invoice.currency)} (${invoice.status})`;
  return invoice.hosted_invoice_url
    ? `<a href="${escapeHtml(invoice.hosted_invoice_url)}">${escapeHtml(text)}</a>`
    : escapeHtml(text);
}
