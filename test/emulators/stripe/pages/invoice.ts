import type Stripe from 'stripe';
import type { Payments } from '../billing/payments.ts';
import type { Subscriptions } from '../billing/subscriptions.ts';
import { idOf, type World } from '../world.ts';
import { escapeHtml, field, money, type Page, page } from './html.ts';

/** The page at `hosted_invoice_url`, where an open invoice can be paid by another card. */
export function createInvoicePage(options: { world: World; payments: Payments; subscriptions: Subscriptions }) {
  const { world, payments, subscriptions } = options;
  const find = (path: string) => world.list('invoice').find(({ hosted_invoice_url: url }) => url?.endsWith(path));

  function show(path: string, notice = ''): Page {
    const invoice = find(path);
    if (!invoice) return page('Page not found', '<h1>Page not found</h1>', 404);
    const form =
      invoice.status === 'open'
        ? `<form method="post">${field('Card number', 'card', '', 'inputmode="numeric"')}<button>Pay</button></form>`
        : '';
    return page(
      `Invoice ${invoice.number}`,
      `<h1>Invoice ${escapeHtml(invoice.number ?? '')}</h1>
<p>${money(invoice.total, invoice.currency)} (${invoice.status})</p>
<ul>${invoice.lines.data.map((line) => `<li>${describe(line)}</li>`).join('')}</ul>
${notice ? `<p role="alert">${escapeHtml(notice)}</p>` : ''}
${form}`,
    );
  }

  function submit(path: string, form: URLSearchParams): Page {
    const invoice = find(path);
    const customer = world.find('customer', idOf(invoice?.customer));
    if (invoice?.status !== 'open' || !customer) return show(path);
    const number = (form.get('card') ?? '').replace(/\s/g, '');
    if (number === '') return show(path, 'Enter a card number.');
    const method = payments.addCard(customer, number, customer.email);
    const decline = subscriptions.collect(invoice, { method, onSession: true });
    return show(path, decline?.message);
  }

  return { show, submit };
}

function describe(line: Stripe.InvoiceLineItem): string {
  return `${escapeHtml(line.description ?? '')}: ${money(line.amount, line.currency)}`;
}
