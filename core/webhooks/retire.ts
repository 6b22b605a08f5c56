import type { WebhookEndpoint } from '@prisma/client';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import type { Log } from '../log.ts';
import type { createLetters } from '../mail/letters.ts';
import type { Mailer } from '../mail/mailer.ts';

/** An endpoint that took nothing for so long is not tried any more. */
const patienceDays = 3;

export type Retire = ReturnType<typeof createRetire>;

/** Switches endpoints off that are gone or dead, and tells their owner, once. */
export function createRetire({
  database,
  mailer,
  letters,
  clock,
  log,
}: {
  database: Database;
  mailer: Mailer;
  letters: ReturnType<typeof createLetters>;
  clock: Clock;
  log: Log;
}) {
  /** The receiver answered 410: it wants no more. */
  async function gone({ id }: WebhookEndpoint): Promise<void> {
    const rows = await database.run<Retired>(disable, [id, clock()]);
    for (const row of rows) await tell(id, row, 'webhook_gone');
  }

  /** Called when an event was given up. */
  async function ifDead({ id }: WebhookEndpoint): Promise<void> {
    const rows = await database.run<Retired>(disableDead, [id, clock(), patienceDays]);
    for (const row of rows) await tell(id, row, 'webhook_dead');
  }

  async function tell(id: string, { url, email, locale }: Retired, letter: 'webhook_gone' | 'webhook_dead') {
    log.warn({ endpoint: id, reason: letter }, 'a webhook endpoint was disabled');
    // The rest of an address may hold a token.
    const mail = letters.webhookDisabled(email, locale, letter, { host: new URL(url).host, days: patienceDays });
    await mailer
      .send(mail)
      .catch((error: Error) =>
        log.warn({ reason: error.message, endpoint: id }, 'the mail about an endpoint was not sent'),
      );
  }

  return { gone, ifDead };
}

type Retired = { url: string; email: string; locale: string };

const disable = {
  name: 'webhook_disable',
  text: `UPDATE webhook_endpoints endpoint SET disabled_at = $2::timestamptz FROM accounts account
    WHERE endpoint.id = $1 AND endpoint.disabled_at IS NULL AND account.id = endpoint.account_id
    RETURNING endpoint.url, account.email, account.locale`,
};
// Failing since the first failure after the last success.
const disableDead = {
  name: 'webhook_disable_dead',
  text: `
    WITH tries AS (
      SELECT attempt.created_at, coalesce(attempt.status BETWEEN 200 AND 299, false) AS taken
      FROM webhook_attempts attempt JOIN webhook_deliveries delivery ON delivery.id = attempt.delivery_id
      WHERE delivery.endpoint_id = $1
    ), failing AS (
      SELECT min(created_at) AS since FROM tries
      WHERE NOT taken AND created_at > coalesce((SELECT max(created_at) FROM tries WHERE taken), '-infinity')
    )
    UPDATE webhook_endpoints endpoint SET disabled_at = $2::timestamptz FROM accounts account, failing
    WHERE endpoint.id = $1 AND endpoint.disabled_at IS NULL AND account.id = endpoint.account_id
      AND failing.since < $2::timestamptz - $3::int * interval '1 day'
    RETURNING endpoint.url, account.email, account.locale`,
};
