import type { Database } from '../database/database.ts';

/** A picture with open reports, as the review queue shows it. */
export type OpenCase = {
  imageId: string;
  width: number;
  height: number;
  hiddenAt: Date | null;
  hiddenReason: string | null;
  ref: string;
  prompt: string;
  model: string;
  generationId: string;
  accountId: string;
  email: string;
  /** What happened to the member's pictures before this one. */
  history: { pictures: number; hidden: number; removed: number; reported: number };
  /** Newest first; `email` of who asked is null for a rule. */
  reports: { source: 'member' | 'rule' | 'appeal'; reason: string; email: string | null; createdAt: Date }[];
};

/** The open cases, the latest reported first, and how many there are in all. */
export function createCaseQueue({ database }: { database: Pick<Database, 'run'> }) {
  return async function queue(limit: number): Promise<{ total: number; cases: OpenCase[] }> {
    const [[count], cases] = await Promise.all([
      database.run<{ total: number }>(countOpen, []),
      database.run<OpenCase>(selectOpen, [limit]),
    ]);
    // As JSON has them, times are text.
    const dated = cases.map((one) => ({
      ...one,
      reports: one.reports.map((report) => ({ ...report, createdAt: new Date(report.createdAt) })),
    }));
    return { total: count?.total ?? 0, cases: dated };
  };
}

const openOnes = `SELECT image_id, max(reports.created_at) AS latest FROM reports JOIN images ON images.id = image_id
  WHERE state = 'open' AND deleted_at IS NULL GROUP BY image_id`;
const countOpen = { name: 'cases_count', text: `SELECT count(*)::int AS total FROM (${openOnes}) AS open` };
// Counts of a member's pictures are bounded, so that a busy member does not hold up the queue.
const selectOpen = {
  name: 'cases_open',
  text: `
    WITH open AS (${openOnes} ORDER BY latest DESC, image_id LIMIT $1::int)
    SELECT images.id AS "imageId", width, height, hidden_at AS "hiddenAt", hidden_reason AS "hiddenReason", generations.ref,
      generations.prompt, generations.model, generations.id AS "generationId", accounts.id AS "accountId", accounts.email,
      (SELECT json_build_object('pictures', count(*), 'hidden', count(*) FILTER (WHERE others.hidden_at IS NOT NULL AND others.deleted_at IS NULL))
        FROM (SELECT hidden_at, deleted_at FROM images others WHERE others.account_id = accounts.id ORDER BY created_at DESC, id DESC LIMIT 1000) others)::jsonb
      || (SELECT json_build_object('removed', count(*)) FROM notices WHERE notices.account_id = accounts.id AND key = 'image_removed')::jsonb
      || (SELECT json_build_object('reported', count(*)) FROM reports before JOIN images mine ON mine.id = before.image_id
        WHERE mine.account_id = accounts.id AND before.state = 'upheld')::jsonb AS history,
      (SELECT json_agg(json_build_object('source', source, 'reason', reason, 'email', who.email, 'createdAt', reports.created_at) ORDER BY reports.created_at DESC)
        FROM reports LEFT JOIN accounts who ON who.id = reports.account_id WHERE image_id = images.id AND reports.state = 'open') AS reports
    FROM open JOIN images ON images.id = open.image_id JOIN generations ON generations.id = images.generation_id
    JOIN accounts ON accounts.id = images.account_id ORDER BY latest DESC, images.id`,
};
