import type { Database } from '../database/database.ts';

/** One change of an account's quota, as people are shown it. */
export type Movement = {
  at: Date;
  /** Images taken, given back, or added to the top-ups (taken back from them when negative). */
  kind: 'reserve' | 'refund' | 'grant';
  /** The whole of it, and the part that came from or went to the top-ups. */
  images: number;
  topUp: number;
  /** Short name of the generation it is of or makes up for; null: nobody's, an operator's refund or a grant. */
  ref: string | null;
  /** Name of the pack that was bought. */
  pack: string | null;
  note: string | null;
};

/** Tells the last movements of an account, newest first. What was settled as it was reserved is no movement. */
export function createMovements({ database }: { database: Pick<Database, 'run'> }) {
  return async function movements(accountId: string, limit: number): Promise<Movement[]> {
    return database.run<Movement>(readLast, [accountId, limit]);
  };
}

const readLast = {
  name: 'quota_movements',
  text: `
    SELECT entry.created_at AS at, entry.kind, entry.images, entry.top_up AS "topUp", generations.ref, packs.name AS pack, entry.note
    FROM (
      SELECT * FROM quota_entries WHERE account_id = $1 AND kind <> 'commit' ORDER BY created_at DESC, id DESC LIMIT $2
    ) AS entry
    LEFT JOIN generations ON generations.id = coalesce(entry.generation_id, entry.refund_of)
    LEFT JOIN purchases ON purchases.id = entry.purchase_id
    LEFT JOIN packs ON packs.slug = purchases.pack_slug
    ORDER BY entry.created_at DESC, entry.id DESC`,
};
