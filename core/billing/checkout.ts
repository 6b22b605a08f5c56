import type { Platform } from '@prisma/client';
import type { ClientBase } from 'pg';
import type { Account } from '../accounts/accounts.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { AppError } from '../errors.ts';
import type { ReplyTo } from '../generations/write.ts';
import type { Pace } from '../pace/pace.ts';
import type { Pauses } from '../pauses/pauses.ts';
import type { Offer, Offers } from './offers.ts';
import type { Payments } from './payments.ts';
import { lasting } from './standing.ts';
import type { Sync } from './sync.ts';

/** A page to pay on: where, and until when. */
export type CheckoutPage = { url: string; expiresAt: Date; offer: Offer };

type Wanted = {
  account: Pick<Account, 'id' | 'email' | 'status'>;
  /** Slug of a plan or a pack. */
  item: string;
  /** The chat that asks and is told when the payment is in. */
  replyTo: ReplyTo | null;
  locale: string;
};

/** A page about to close is not handed out again. */
const leastLeftMs = 5 * 60_000;
/** Pages for one account. */
const pagesAtMost = { ratePerSecond: 0.5, burst: 30 };

/** Pages to pay on, and the one where a customer manages what was bought. */
export function createCheckouts({
  database,
  payments,
  offers,
  sync,
  publicUrl,
  pace,
  pauses,
  clock,
}: {
  database: Database;
  payments: Payments;
  offers: Offers;
  sync: Sync;
  publicUrl: string;
  pace: Pick<Pace, 'take'>;
  pauses: Pick<Pauses, 'check'>;
  clock: Clock;
}) {
  const opening = new Map<string, Promise<CheckoutPage>>();

  /**
   * The page where an account pays for something; asked again for the same thing it is the same page, and asked for
   * another it closes the one before, so that an account never has two. Throws AppError `account_suspended`, `not_for_sale`, `price_missing`,
   * `already_subscribed`, `paused`, `too_many_attempts` or `payment_unavailable`; nothing is charged by any of this.
   */
  function open(wanted: Wanted): Promise<CheckoutPage> {
    const key = `${wanted.account.id} ${wanted.item}`;
    const inHand = opening.get(key);
    if (inHand) return inHand;
    // Whoever asks meanwhile is answered with it: a connection each would be held for the lock.
    const mine = openNow(wanted).finally(() => opening.delete(key));
    opening.set(key, mine);
    return mine;
  }

  async function openNow(wanted: Wanted): Promise<CheckoutPage> {
    await pauses.check('sales');
    if (wanted.account.status !== 'active') throw new AppError('account_suspended');
    await limitAsking(wanted.account.id);
    const offer = await offers.find(wanted.item);
    const customerId = await ensureCustomer(wanted.account);
    for (let tries = 0; tries < 3; tries++) {
      // What was bought a moment ago must not be bought twice.
      await sync.sync(customerId);
      const page = await openOnce(wanted, offer, customerId);
      if (page) return page;
    }
    throw new AppError('payment_unavailable');
  }

  /** Null when the page before was closed by somebody else just now: it may have been paid. */
  async function openOnce(
    { account, item, replyTo, locale }: Wanted,
    offer: Offer,
    customerId: string,
  ): Promise<CheckoutPage | null> {
    return sync.lock(account.id, async (client) => {
      if (offer.kind === 'plan') await refuseSecond(client, account.id, item);
      const chat = replyTo ? JSON.stringify(replyTo) : null;
      const reused = await reuseOpen(client, { accountId: account.id, offer, chat, locale });
      if (reused === 'closing') return null;
      if (reused) return { ...reused, offer };
      const made = await payments.createCheckout({
        customerId,
        accountId: account.id,
        priceId: offer.priceId,
        item: offer.kind === 'plan' ? { kind: 'plan', slug: item } : { kind: 'pack', slug: item, images: offer.images },
        successUrl: `${publicUrl}/billing/done?checkout={CHECKOUT_SESSION_ID}`,
        cancelUrl: `${publicUrl}/billing/cancelled${from(replyTo?.platform)}`,
        key: crypto.randomUUID(),
      });
      await client.query(
        `INSERT INTO checkouts (id, account_id, item, price_id, url, reply_to, locale, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
        [made.id, account.id, item, offer.priceId, made.url, chat, locale.slice(0, 16), clock(), made.expiresAt],
      );
      return { url: made.url, expiresAt: made.expiresAt, offer };
    });
  }

  async function reuseOpen(
    client: ClientBase,
    given: { accountId: string; offer: Offer; chat: string | null; locale: string },
  ): Promise<{ url: string; expiresAt: Date } | 'closing' | null> {
    const { accountId, offer, chat, locale } = given;
    const { rows } = await client.query<{ id: string; url: string; item: string; priceId: string; expiresAt: Date }>(
      `SELECT id, url, item, price_id AS "priceId", expires_at AS "expiresAt" FROM checkouts WHERE account_id = $1 AND state = 'open'`,
      [accountId],
    );
    const [page] = rows;
    if (!page) return null;
    const lasts = page.expiresAt.getTime() - clock().getTime() > leastLeftMs;
    if (lasts && page.item === offer.slug && page.priceId === offer.priceId) {
      // The chat that asked last is the one that is told.
      await client.query('UPDATE checkouts SET reply_to = coalesce($2, reply_to), locale = $3 WHERE id = $1', [
        page.id,
        chat,
        locale.slice(0, 16),
      ]);
      return { url: page.url, expiresAt: page.expiresAt };
    }
    if (!(await payments.expireCheckout(page.id)) && lasts) return 'closing';
    await client.query(`UPDATE checkouts SET state = 'expired', finished_at = $2 WHERE id = $1`, [page.id, clock()]);
    return null;
  }

  /** The page where a member sees bills, changes the card or cancels; `platform`: of the chat that asks. Throws AppError `nothing_bought`, `too_many_attempts`. */
  async function openPortal(account: Pick<Account, 'id'>, platform?: Platform): Promise<string> {
    const row = await database.prisma.account.findUnique({
      where: { id: account.id },
      select: { stripeCustomerId: true },
    });
    if (!row?.stripeCustomerId) throw new AppError('nothing_bought');
    await limitAsking(account.id);
    return payments.createPortal({
      customerId: row.stripeCustomerId,
      returnUrl: `${publicUrl}/billing${from(platform)}`,
    });
  }

  /** The account's customer, made if there is none, or anew if it was deleted there. */
  async function ensureCustomer({ id, email }: Pick<Account, 'id' | 'email'>): Promise<string> {
    const row = await database.prisma.account.findUniqueOrThrow({
      where: { id },
      select: { stripeCustomerId: true },
    });
    const previous = row.stripeCustomerId;
    if (previous && (await payments.fetchStanding(previous))) return previous;
    const customerId = await payments.createCustomer({ accountId: id, email, previous });
    await database.prisma.account.updateMany({
      where: { id, stripeCustomerId: previous },
      data: { stripeCustomerId: customerId },
    });
    return customerId;
  }

  /** Every page takes several questions to the payment service, whose limits all members share. */
  async function limitAsking(accountId: string): Promise<void> {
    const waitMs = await pace.take([{ key: `billing:${accountId}`, ...pagesAtMost }]);
    if (waitMs > 0) throw new AppError('too_many_attempts', { count: Math.ceil(waitMs / 60_000) });
  }

  return { open, openPortal };
}

/** So that the page that somebody comes back to knows the way on. */
const from = (platform: Platform | undefined) => (platform ? `?from=${platform}` : '');

/** Nobody pays for a second subscription, nor for a plan that is theirs for good. */
async function refuseSecond(client: ClientBase, accountId: string, planSlug: string): Promise<void> {
  const { rows } = await client.query<{ plan: string }>(
    `SELECT coalesce(name, price_id) AS plan FROM subscriptions LEFT JOIN plans ON slug = plan_slug
       WHERE account_id = $1 AND status = ANY($3)
     UNION ALL SELECT name FROM plans JOIN accounts ON id = $1 AND slug = $2 AND (plan_slug = $2 OR EXISTS (
       SELECT FROM plan_grants WHERE account_id = $1 AND plan_grants.plan_slug = $2 AND ended_at IS NULL AND until IS NULL))`,
    [accountId, planSlug, lasting],
  );
  if (rows[0]) throw new AppError('already_subscribed', { plan: rows[0].plan });
}
