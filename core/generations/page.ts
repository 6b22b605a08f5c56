import { type Generation, type Image, Prisma } from '@prisma/client';
import { type Page, readCursor, toPage } from '../cursor.ts';
import { selectColumns } from '../database/columns.ts';
import type { Database } from '../database/database.ts';
import { readImages } from './find.ts';
import type { GenerationStatus } from './present.ts';

type Wanted = { status?: GenerationStatus | undefined; limit: number; cursor?: string | undefined };

/**
 * A page of an account's generations with the pictures that were not deleted, newest first; with `status` only those
 * that stand so. Throws AppError `invalid_input` for a broken cursor.
 */
export function createPage({ database }: { database: Database }) {
  return async function page(
    accountId: string,
    { status, limit, cursor }: Wanted,
  ): Promise<Page<Generation & { images: Image[] }>> {
    const after = cursor === undefined ? null : readCursor(cursor);
    const values = [accountId, limit + 1, ...statusValues(status), ...(after ? [after.createdAt, after.id] : [])];
    const rows = await database.run<Generation>(listStatement({ status, goesOn: after !== null }), values);
    const { items, nextCursor } = toPage(rows, limit);
    const images = await readImages(
      database,
      items.map(({ id }) => id),
    );
    return { items: items.map((row) => ({ ...row, images: images.get(row.id) ?? [] })), nextCursor };
  };
}

/** The states of what has not ended: few, so they are looked through. */
const unfinished = {
  queued: ['accepted', 'queued'],
  running: ['submitting', 'submit_unknown', 'running', 'fetching', 'stored'],
};
const isUnfinished = (status: GenerationStatus): status is keyof typeof unfinished => status in unfinished;

function statusValues(status: GenerationStatus | undefined): unknown[] {
  if (!status) return [];
  return [isUnfinished(status) ? unfinished[status] : status];
}

/** Each way of asking is a statement of its own, with an index that has its rows in this order. */
function listStatement({ status, goesOn }: { status: GenerationStatus | undefined; goesOn: boolean }) {
  const kind = !status ? 'all' : isUnfinished(status) ? 'unfinished' : 'ended';
  const condition = {
    all: '',
    unfinished: `AND finished_at IS NULL AND state = ANY ($3::"GenerationState"[])`,
    ended: `AND outcome = $3::"GenerationState"`,
  }[kind];
  const [at, id] = status ? ['$4', '$5'] : ['$3', '$4'];
  const place = goesOn ? `AND (created_at, id) < (${at}::timestamptz, ${id}::uuid)` : '';
  return {
    name: `generations_${kind}${goesOn ? '_after' : ''}`,
    text: `SELECT ${columns} FROM generations WHERE account_id = $1::uuid ${condition} ${place}
      ORDER BY created_at DESC, id DESC LIMIT $2::int`,
  };
}

const columns = selectColumns(Prisma.GenerationScalarFieldEnum);
