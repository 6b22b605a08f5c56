import type Stripe from 'stripe';

/** Plans by price, and their place in the queue: lower is better. */
export type PriceList = { planOf: ReadonlyMap<string, string>; placeOf: ReadonlyMap<string, number> };
export type Given = { plan: string; until: Date | null };
export type Promised = { plan: string | null; until: Date | null; images: number };

type Books = {
  charges: Stripe.Charge[];
  disputes: Stripe.Dispute[];
  sessions: Stripe.Checkout.Session[];
  subscriptions: Stripe.Subscription[];
  bills: Stripe.Invoice[];
};

const day = 86_400;

/**
 * The table of docs/premium.md once more, reckoned from Stripe's own objects and sharing no code with Easel: what a
 * customer should have now, with what operators gave beside.
 */
export async function readPromises(
  dashboard: Stripe,
  customer: string,
  { gifts, prices, now }: { gifts: readonly Given[]; prices: PriceList; now: Date },
): Promise<Promised> {
  const books = await openBooks(dashboard, customer);
  const found: Given[] = [...gifts];
  for (const subscription of books.subscriptions) {
    const given = promiseOf(subscription, books, prices);
    if (given) found.push(given);
  }
  const place = ({ plan }: Given) => prices.placeOf.get(plan) ?? Number.POSITIVE_INFINITY;
  const end = ({ until }: Given) => until?.getTime() ?? Number.POSITIVE_INFINITY;
  const [best] = found
    .filter((each) => end(each) > now.getTime())
    .sort((a, b) => (place(a) === place(b) ? end(b) - end(a) : place(a) - place(b)));
  const images = books.sessions.reduce((sum, session) => sum + imagesOf(session, books), 0);
  return { plan: best?.plan ?? null, until: best?.until ?? null, images };
}

async function openBooks(dashboard: Stripe, customer: string): Promise<Books> {
  const of = { customer, limit: 100 };
  const [charges, disputes, sessions, subscriptions, bills] = await Promise.all([
    dashboard.charges.list(of).autoPagingToArray({ limit: 1_000 }),
    dashboard.disputes.list({ limit: 100 }).autoPagingToArray({ limit: 10_000 }),
    dashboard.checkout.sessions.list(of).autoPagingToArray({ limit: 1_000 }),
    dashboard.subscriptions
      .list({ ...of, status: 'all', expand: ['data.latest_invoice.payments'] })
      .autoPagingToArray({ limit: 1_000 }),
    dashboard.invoices.list(of).autoPagingToArray({ limit: 1_000 }),
  ]);
  return { charges, disputes, sessions, subscriptions, bills };
}

function promiseOf(subscription: Stripe.Subscription, books: Books, { planOf }: PriceList): Given | null {
  const item = subscription.items.data[0] as Stripe.SubscriptionItem;
  const plan = planOf.get(item.price.id) ?? subscription.metadata.plan;
  const bill = subscription.latest_invoice as Stripe.Invoice | null;
  const intents = (bill?.payments?.data ?? []).map(({ payment }) => payment.payment_intent);
  if (!plan || intents.some((intent) => wasTakenBack(intent as string, books))) return null;
  if (subscription.pause_collection && bill?.status !== 'paid') return null;
  const last = (seconds: number) => new Date(Math.min(seconds, subscription.cancel_at ?? seconds) * 1_000);
  switch (subscription.status) {
    case 'active':
    case 'trialing':
      return { plan, until: last(item.current_period_end + 3 * day) };
    case 'past_due':
      return { plan, until: last(oldestUnpaid(subscription.id, books) + 7 * day) };
    default:
      return null;
  }
}

/** When the period began whose bill has been open for longest. */
function oldestUnpaid(subscription: string, { bills }: Books): number {
  const open = bills.filter(
    ({ status, parent }) => status === 'open' && parent?.subscription_details?.subscription === subscription,
  );
  return Math.min(...open.flatMap(({ lines }) => lines.data.map(({ period }) => period.start)));
}

function wasTakenBack(intent: string, { charges, disputes }: Books): boolean {
  const paid = charges.filter((charge) => charge.payment_intent === intent && charge.paid);
  return paid.some((charge) => charge.refunded || isDisputed(charge, disputes));
}

function isDisputed(charge: Stripe.Charge, disputes: readonly Stripe.Dispute[]): boolean {
  return disputes.some(
    (dispute) => dispute.charge === charge.id && ['needs_response', 'under_review', 'lost'].includes(dispute.status),
  );
}

/** What is left of a pack: in proportion to what was not refunded, rounded down; nothing while or since it is disputed. */
function imagesOf(session: Stripe.Checkout.Session, { charges, disputes }: Books): number {
  if (session.mode !== 'payment' || session.payment_status === 'unpaid') return 0;
  const images = Number(session.metadata?.images);
  const charge = charges.find((each) => each.payment_intent === session.payment_intent && each.paid);
  if (!charge) return images;
  if (isDisputed(charge, disputes)) return 0;
  let left = images;
  // By counting, so that no rounding of another's is repeated.
  while (left > 0 && left * charge.amount > images * (charge.amount - charge.amount_refunded)) left--;
  return left;
}
