import { randomUUID } from 'node:crypto';
import type { Report } from '@prisma/client';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { inTransaction } from '../database/transaction.ts';
import { AppError } from '../errors.ts';
import { generationIdOf } from '../generations/input.ts';
import { excerpt } from '../words/excerpt.ts';

/** What became of somebody's report: who reports their own hidden pictures appeals. */
export type Reported = { ref: string; kind: 'reported' | 'appealed' | 'hidden_already' };

/** Reports of one account that may wait for operators. */
const mostOpen = 20;

/** Pictures that somebody should look at. */
export function createReports({ database, clock }: { database: Pick<Database, 'pool' | 'prisma'>; clock: Clock }) {
  const { report: reports, image: images } = database.prisma;

  /**
   * Reports all pictures of a request, anybody's, by its short name or its id, or one picture by its id. The same again
   * is no second report. Throws AppError `not_found`, `report_limit`, `appeal_decided`.
   */
  async function report({
    accountId,
    name,
    reason,
  }: {
    accountId: string;
    name: string;
    reason: string;
  }): Promise<Reported> {
    const found = await findPictures(accountId, name.trim().toLowerCase().replace(/^#/, ''));
    const [first] = found;
    if (!first) throw new AppError('not_found', { what: excerpt(name, 40) });
    const hidden = found.filter(({ hiddenAt }) => hiddenAt);
    const isOwn = first.accountId === accountId;
    if (hidden.length && isOwn) return appeal(accountId, hidden, reason);
    const shown = found.filter(({ hiddenAt }) => !hiddenAt);
    if (!shown.length) return { ref: first.ref, kind: 'hidden_already' };
    await enter(shown, { source: 'member', accountId, reason });
    return { ref: first.ref, kind: 'reported' };
  }

  async function appeal(accountId: string, hidden: readonly Picture[], reason: string): Promise<Reported> {
    // Each time it is hidden it may be asked about once.
    const decided = await reports.findMany({
      where: { imageId: { in: hidden.map(({ id }) => id) }, source: 'appeal', state: { not: 'open' } },
    });
    const asking = hidden.filter(
      ({ id, hiddenAt }) => !decided.some((each) => each.imageId === id && hiddenAt && each.createdAt >= hiddenAt),
    );
    const ref = hidden[0]?.ref ?? '';
    if (!asking.length) throw new AppError('appeal_decided', { ref });
    await enter(asking, { source: 'appeal', accountId, reason });
    return { ref, kind: 'appealed' };
  }

  /** Puts the finished pictures of a request before operators, since a rule wants that. May be repeated. */
  async function flag(generationId: string, reason: string): Promise<void> {
    const rows = await images.findMany({ where: { generationId, deletedAt: null }, select: { id: true } });
    await reports.createMany({
      data: rows.map(({ id }) => ({
        ...{ id: generationIdOf(id, 'rule'), imageId: id, source: 'rule' as const },
        ...{ reason: reason.slice(0, 500), createdAt: clock() },
      })),
      skipDuplicates: true,
    });
  }

  /** A picture's report is entered once while it is open, however often it is sent at once. */
  async function enter(pictures: readonly Picture[], { source, accountId, reason }: Entry): Promise<void> {
    await inTransaction(database, async (client) => {
      await client.query("SELECT pg_advisory_xact_lock(hashtextextended('report:' || $1, 0))", [accountId]);
      const open = await client.query<{ image_id: string }>(
        `SELECT image_id FROM reports WHERE state = 'open' AND account_id = $1::uuid`,
        [accountId],
      );
      const fresh = pictures.filter(({ id }) => !open.rows.some((row) => row.image_id === id));
      if (fresh.length && open.rows.length >= mostOpen) throw new AppError('report_limit', { max: mostOpen });
      const now = clock();
      for (const { id } of fresh)
        await client.query(
          `INSERT INTO reports (id, image_id, source, account_id, reason, created_at) VALUES ($1, $2, $3::"ReportSource", $4, $5, $6)`,
          [randomUUID(), id, source, accountId, excerpt(reason, 300).slice(0, 500), now],
        );
    });
  }

  async function findPictures(accountId: string, name: string): Promise<Picture[]> {
    const values = uuid.test(name)
      ? [accountId, null, name]
      : /^[0-9a-z]{8}$/.test(name)
        ? [accountId, name, null]
        : null;
    if (!values) return [];
    return (await database.pool.query<Picture>({ ...select, values })).rows;
  }

  return { report, flag };
}

type Entry = Pick<Report, 'source' | 'reason'> & { accountId: string };
type Picture = { id: string; accountId: string; hiddenAt: Date | null; ref: string };
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

// Short names are unique within an account only: one's own is meant first.
const select = {
  name: 'report_find',
  text: `
    WITH meant AS (
      (SELECT id, ref, account_id, created_at FROM generations WHERE ref = $2 AND outcome = 'succeeded')
      UNION (SELECT id, ref, account_id, created_at FROM generations WHERE id = $3::uuid)
      UNION (SELECT generations.id, ref, generations.account_id, generations.created_at
        FROM images JOIN generations ON generations.id = generation_id WHERE images.id = $3::uuid)
    ), chosen AS (
      SELECT * FROM meant ORDER BY account_id = $1::uuid DESC, created_at DESC LIMIT 1
    )
    SELECT images.id, images.account_id AS "accountId", hidden_at AS "hiddenAt", ref FROM chosen
    JOIN images ON images.generation_id = chosen.id
    WHERE deleted_at IS NULL AND (images.id = $3::uuid OR $3::uuid IS NULL OR chosen.id = $3::uuid) ORDER BY "index"`,
};
