import type Stripe from 'stripe';
import { reduce } from '../billing/discounts.ts';
import { asksCountry, closedMessage, type Payer } from '../billing/payer.ts';
import type { createPaying } from '../billing/paying.ts';
import type { createCheckout } from '../resources/checkout.ts';
import type { World } from '../world.ts';
import { escapeHtml, field, money, type Page, page } from './html.ts';

/** The hosted checkout page at `session.url`: shows what is bought, takes a card, and sends the payer on. */
export function createCheckoutPage(options: {
  world: World;
  checkout: ReturnType<typeof createCheckout>;
  paying: ReturnType<typeof createPaying>;
}) {
  const { world, checkout, paying } = options;

  function show(id: string, notice = '', payer: Payer = {}): Page {
    const session = world.find('checkout.session', id);
    if (!session)
      return page(
        'Page not found',
        '<h1>Something went wrong</h1><p>The page you were looking for could not be found.</p>',
        404,
      );
    if (session.status !== 'open') {
      return page('Checkout', `<h1>Checkout</h1><p>${escapeHtml(closedMessage(session))}</p>${backLink(session)}`);
    }
    const reduction = paying.findReduction(session, payer.promotionCode);
    const subtotal = session.amount_subtotal ?? 0;
    const total = subtotal - reduce(reduction?.coupon, subtotal);
    const currency = session.currency ?? 'usd';
    const alert = notice ? `<p role="alert">${escapeHtml(notice)}</p>` : '';
    const known = paying.emailOf(session);
    const promotion = session.allow_promotion_codes
      ? `${field('Promotion code', 'promotion_code', payer.promotionCode ?? '')}<button name="action" value="apply">Apply</button>`
      : '';
    return page(
      'Checkout',
      `<h1>${session.mode === 'subscription' ? 'Subscribe' : 'Pay'}</h1>
<ul>${checkout.listLines(id).data.map(describeLine).join('')}</ul>
<p>Total due today: <strong>${money(total, currency)}</strong></p>
${reduction ? `<p>Discount: ${escapeHtml(reduction.code?.code ?? reduction.coupon.id)}</p>` : ''}
${alert}
<form method="post">
${field('Email', 'email', known ?? payer.email ?? '', `type="email" autocomplete="email" ${known ? 'readonly' : 'required'}`)}
${promotion}
${field('Card number', 'card', '', 'inputmode="numeric" autocomplete="cc-number"')}
${field('Expiration', 'expiry', '', 'placeholder="MM / YY" autocomplete="cc-exp"')}
${asksCountry(session) ? field('Country', 'country', payer.country ?? '', 'autocomplete="country"') : ''}
${field('CVC', 'cvc', '', 'inputmode="numeric" autocomplete="cc-csc"')}
<button name="action" value="pay">${session.mode === 'subscription' ? 'Subscribe' : 'Pay'}</button>
</form>
${backLink(session)}`,
    );
  }

  /** The form was sent: pays, or shows why not. */
  function submit(id: string, form: URLSearchParams): Page {
    const session = world.find('checkout.session', id);
    if (session?.status !== 'open') return show(id);
    const payer: Payer = {
      email: form.get('email') ?? '',
      card: form.get('card') ?? '',
      promotionCode: form.get('promotion_code') ?? '',
      country: form.get('country') ?? '',
    };
    if (form.get('action') === 'apply') {
      const found = paying.findReduction(session, payer.promotionCode);
      return show(id, found ? '' : 'This code is invalid.', payer);
    }
    const paid = paying.pay(session, payer);
    return paid.ok ? { redirect: paid.redirect } : show(id, paid.message, payer);
  }

  return { show, submit };
}

function describeLine(line: Stripe.LineItem): string {
  const { price } = line;
  const every = price?.recurring ? ` per ${price.recurring.interval}` : '';
  const name = `${line.description ?? 'Item'}${(line.quantity ?? 1) > 1 ? ` × ${line.quantity}` : ''}`;
  return `<li>${escapeHtml(name)}: ${money(line.amount_total, line.currency)}${every}</li>`;
}

function backLink(session: Stripe.Checkout.Session): string {
  return session.cancel_url ? `<p><a href="${escapeHtml(session.cancel_url)}">Back</a></p>` : '';
}
