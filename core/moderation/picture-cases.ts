import type { PoolClient } from 'pg';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { inTransaction } from '../database/transaction.ts';
import { AppError } from '../errors.ts';
import type { Promised } from '../generations/outbox.ts';
import type { NewNotice, NoticeValues } from '../notices/notice.ts';
import type { Notices } from '../notices/notices.ts';
import type { Words } from '../words/words.ts';

/** `hide`: nobody but operators sees it; `keep`: it stays, or comes back; `delete`: for good. */
export type Decision = 'hide' | 'keep' | 'delete';

export type PictureCase = {
  imageId: string;
  decision: Decision;
  /** As its member reads it, up to 200 characters; empty: that it is against the rules. */
  reason: string;
  /** The operator's account. */
  by: string;
};

type Row = {
  account_id: string;
  locale: string;
  hidden_at: Date | null;
  storage_key: string;
  thumbnail_key: string;
  ref: string;
};

/**
 * What operators decide about a picture: written together with the end of every report on it and a notice to its
 * member, so that none is without the others.
 */
export function createPictureCases({
  database,
  notices,
  words,
  refreshLines,
  clock,
}: {
  database: Pick<Database, 'pool'>;
  notices: Pick<Notices, 'enter' | 'publish'>;
  words: Pick<Words, 'plain'>;
  /** Tells open web chats of this account that their lines with the picture look otherwise now. */
  refreshLines(accountId: string, imageId: string): Promise<void>;
  clock: Clock;
}) {
  /** Deciding the same again changes nothing and tells nobody. Throws AppError `not_found`, also for a deleted one. */
  return async function decide({ imageId, decision, by, ...given }: PictureCase): Promise<void> {
    const now = clock();
    const { row, promised } = await inTransaction(database, async (client) => {
      const row = await lockImage(client, imageId);
      const reason = given.reason.trim().slice(0, 200) || words.plain(row.locale, 'moderation.against_rules');
      const appealed = await closeReports(client, {
        imageId,
        by,
        now,
        state: decision === 'keep' ? 'dismissed' : 'upheld',
      });
      await write[decision](client, { imageId, reason, now });
      const notice = noticeOf(decision, row, { reason, appealed });
      const subject = `picture:${imageId}:${now.getTime()}`;
      const entered = notice && (await notices.enter(client, { accountId: row.account_id, subject, ...notice }));
      const files = decision === 'delete' ? [await promiseFiles(client, row)] : [];
      return { row, promised: [...(entered?.promised ?? []), ...files] };
    });
    await notices.publish(promised);
    await refreshLines(row.account_id, imageId);
  };
}

async function lockImage(client: PoolClient, imageId: string): Promise<Row> {
  const { rows } = await client.query<Row>(
    `SELECT images.account_id, accounts.locale, images.hidden_at, images.storage_key, images.thumbnail_key, generations.ref
    FROM images JOIN generations ON generations.id = images.generation_id JOIN accounts ON accounts.id = images.account_id
    WHERE images.id = $1::uuid AND images.deleted_at IS NULL FOR UPDATE OF images`,
    [imageId],
  );
  if (!rows[0]) throw new AppError('not_found', { what: '' });
  return rows[0];
}

/** Answers whether its member had appealed. */
async function closeReports(
  client: PoolClient,
  { imageId, by, now, state }: { imageId: string; by: string; now: Date; state: 'dismissed' | 'upheld' },
): Promise<boolean> {
  const { rows } = await client.query<{ source: string }>(
    `UPDATE reports SET state = $4::"ReportState", decided_by = $2::uuid, decided_at = $3
    WHERE image_id = $1::uuid AND state = 'open' RETURNING source`,
    [imageId, by, now, state],
  );
  return rows.some(({ source }) => source === 'appeal');
}

const write: Record<
  Decision,
  (client: PoolClient, values: { imageId: string; reason: string; now: Date }) => Promise<unknown>
> = {
  hide: (client, { imageId, reason, now }) =>
    client.query('UPDATE images SET hidden_at = coalesce(hidden_at, $2), hidden_reason = $3 WHERE id = $1', [
      imageId,
      now,
      reason,
    ]),
  keep: (client, { imageId }) =>
    client.query('UPDATE images SET hidden_at = NULL, hidden_reason = NULL WHERE id = $1', [imageId]),
  delete: (client, { imageId, now }) => client.query('UPDATE images SET deleted_at = $2 WHERE id = $1', [imageId, now]),
};

/** That the files go, whatever happens after the commit. */
async function promiseFiles(client: PoolClient, { storage_key, thumbnail_key }: Row): Promise<Promised> {
  const payload = { keys: [storage_key, thumbnail_key] };
  const { rows } = await client.query<{ id: string }>(
    `INSERT INTO outbox (topic, payload) VALUES ('files', $1::jsonb) RETURNING id::text`,
    [JSON.stringify(payload)],
  );
  return { id: rows[0]?.id ?? '', topic: 'files', payload };
}

/** A notice without its address. */
type Told = { [K in NewNotice['key']]: { key: K; values: NoticeValues[K] } }[NewNotice['key']];

/** What the member is told; null when nothing changes for them. */
function noticeOf(
  decision: Decision,
  { ref, hidden_at: hiddenAt }: Row,
  { reason, appealed }: { reason: string; appealed: boolean },
): Told | null {
  if (decision === 'delete') return { key: 'image_removed', values: { ref, reason } };
  if (decision === 'keep') return hiddenAt && { key: 'image_back', values: { ref } };
  if (!hiddenAt) return { key: 'image_hidden', values: { ref, reason } };
  return appealed ? { key: 'appeal_refused', values: { ref, reason } } : null;
}
