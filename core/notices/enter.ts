import { randomUUID } from 'node:crypto';
import type { ClientBase, Pool } from 'pg';
import type { Promised } from '../generations/outbox.ts';
import type { NewNotice } from './notice.ts';

/** Whether it will be told: true; false, its subject was told before; null, the account has no chat. */
export type Told = boolean | null;
export type Entered = { told: Told; promised: Promised[] };

/**
 * Writes a notice and the promise to bring it, in one statement, so that it can be part of the caller's
 * transaction: `client` is the connection that holds it. What was promised is for `outbox.publish`
 * after the commit; without that the sweep finds it seconds later. Nothing is written unless `told` is true.
 */
export async function enterNotice(client: Pool | ClientBase, notice: NewNotice, now: Date): Promise<Entered> {
  const { rows } = await client.query<Row>({
    ...statement,
    values: [
      randomUUID(),
      notice.accountId,
      notice.subject,
      notice.key,
      JSON.stringify(notice.values),
      notice.replyTo ? JSON.stringify(notice.replyTo) : null,
      notice.locale ?? null,
      now,
    ],
  });
  const [row] = rows as [Row];
  if (row.topic === null) return { told: row.known ? false : null, promised: [] };
  return { told: true, promised: [{ id: row.id, topic: row.topic, payload: row.payload }] };
}

type Row = { known: boolean } & (Extract<Promised, { topic: 'notice' }> | { topic: null });

// A chat is told only while it belongs to the account, so every address is one of its identities: the one whose person
// stands in the address that was given, else the one who had the latest picture brought, else the newest.
const statement = {
  name: 'notice_enter',
  text: `
    WITH latest AS (
      SELECT reply_to, locale FROM (
        SELECT reply_to, locale, created_at, id FROM generations WHERE account_id = $2::uuid ORDER BY created_at DESC, id DESC LIMIT 200
      ) recent WHERE reply_to IS NOT NULL ORDER BY created_at DESC, id DESC LIMIT 1
    ), chats AS (
      SELECT identity.platform, identity.platform_user_id, identity.created_at,
        coalesce(identity.platform::text = $6::jsonb->>'platform'
          AND identity.platform_user_id IN (SELECT value FROM jsonb_each_text($6::jsonb)), false) AS named,
        coalesce(identity.platform::text = latest.reply_to->>'platform'
          AND identity.platform_user_id IN (SELECT value FROM jsonb_each_text(latest.reply_to)), false) AS last,
        coalesce(identity.platform::text = latest.reply_to->>'platform', false) AS near,
        account.locale AS account_locale, latest.locale AS latest_locale
      FROM accounts account JOIN identities identity ON identity.account_id = account.id LEFT JOIN latest ON true
      WHERE account.id = $2::uuid
    ), chosen AS (
      SELECT * FROM chats ORDER BY named DESC, last DESC, near DESC, created_at DESC LIMIT 1
    ), made AS (
      INSERT INTO notices (id, account_id, platform, reply_to, platform_user_id, locale, key, values, subject, next_attempt_at, created_at)
      SELECT $1::uuid, $2::uuid, platform, CASE WHEN named THEN $6::jsonb END, platform_user_id,
        left(coalesce($7::text, CASE WHEN named THEN $6::jsonb->>'locale' END, latest_locale, account_locale), 16),
        $4, $5::jsonb, $3, $8::timestamptz, $8::timestamptz
      FROM chosen ON CONFLICT (subject) DO NOTHING RETURNING id, platform
    ), promised AS (
      INSERT INTO outbox (topic, payload) SELECT 'notice', jsonb_build_object('id', id, 'platform', platform) FROM made
      RETURNING id::text, topic, payload
    )
    SELECT promised.*, EXISTS (SELECT 1 FROM chosen) OR EXISTS (SELECT 1 FROM notices WHERE subject = $3) AS known
    FROM (SELECT 1) AS one LEFT JOIN promised ON true`,
};
