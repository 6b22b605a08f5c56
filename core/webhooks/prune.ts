import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';

/** For so long an event that has ended can be looked at and sent again. */
const keptDays = 30;
const atOnce = 1_000;
/** What is still left then waits for the next round: the sweep has more to do. */
const mostBatches = 50;

/** Makes `prune`, which deletes events that ended long ago, with their tries, and answers how many there were. */
export function createPrune({ database, clock }: { database: Database; clock: Clock }) {
  return async function prune(): Promise<number> {
    const before = new Date(clock().getTime() - keptDays * 86_400_000);
    let deleted = 0;
    for (let batch = 0; batch < mostBatches; batch++) {
      const [row] = await database.run<{ count: number }>(deleteEnded, [before, atOnce]);
      deleted += row?.count ?? 0;
      if ((row?.count ?? 0) < atOnce) break;
    }
    return deleted;
  };
}

// Several processes tidy up at once: each takes others.
const deleteEnded = {
  name: 'webhook_prune',
  text: `
    WITH ended AS (
      DELETE FROM webhook_deliveries WHERE id IN (
        SELECT id FROM webhook_deliveries WHERE finished_at < $1::timestamptz
        ORDER BY finished_at LIMIT $2 FOR UPDATE SKIP LOCKED)
      RETURNING 1
    )
    SELECT count(*)::int AS count FROM ended`,
};
