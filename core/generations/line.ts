import type { Generation } from '@prisma/client';
import { createBatch } from '../batch.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';

/** By what the waiting are put in order. */
type Place = Pick<Generation, 'priority' | 'createdAt' | 'id'>;

/** So many are counted for everybody anew. */
const longLine = 100;
/** A longer line's count serves for so long, or as many times as long as counting took. */
const restMs = 1_000;
const restPerCount = 200;
/** So many who wait in long lines are remembered. */
const remembered = 1_000;

/** Counts how many leave the queue before one that waits. */
export function createLine({ database, clock }: { database: Pick<Database, 'run'>; clock: Clock }) {
  /** What was counted last of each priority's line, and when the one joined it for whom. */
  const lines = new Map<number, { ahead: number; since: number; until: number }>();
  /** What was counted of those who wait far behind, the latest last. */
  const places = new Map<string, { ahead: number; until: number }>();

  const count = createBatch<Place, number>(
    async (asked) => {
      const rows = await database.run<{ ahead: number }>(selectAhead, [
        asked.map(({ priority }) => priority),
        asked.map(({ createdAt }) => createdAt),
        asked.map(({ id }) => id),
      ]);
      return rows.map(({ ahead }) => ahead);
    },
    { largest: 200, parallel: 2 },
  );

  /**
   * How many leave before it. Of a long line both who asks again and who joins it are told what was counted, for
   * them or for someone shortly before them, a moment ago.
   */
  async function readAhead(generation: Place): Promise<number> {
    const { id, priority, createdAt } = generation;
    const now = clock().getTime();
    const line = lines.get(priority);
    // Requests made at once are not written in the order of their times.
    const joins = !line || createdAt.getTime() > line.since - restMs;
    const known = joins ? line : places.get(id);
    if (known && known.until > now) return known.ahead;
    // While this one counts, others are told what was known.
    if (known) known.until = now + restMs;
    const begun = performance.now();
    const ahead = await count(generation);
    const until = now + Math.max(restMs, (performance.now() - begun) * restPerCount);
    if (joins && ahead < longLine) lines.delete(priority);
    else if (joins) lines.set(priority, { ahead, since: createdAt.getTime(), until });
    else remember(id, ahead < longLine ? null : { ahead, until });
    return ahead;
  }

  function remember(id: string, place: { ahead: number; until: number } | null): void {
    places.delete(id);
    if (place) places.set(id, place);
    const [oldest] = places.keys();
    if (oldest && places.size > remembered) places.delete(oldest);
  }

  return { readAhead };
}

// Who is asked about is put in order too, so that each part of the line is gone through once however many ask.
const selectAhead = {
  name: 'generation_ahead',
  text: `WITH asked AS (
      SELECT *, coalesce(lag(priority) OVER line, -2147483648) AS after_priority,
        coalesce(lag(created_at) OVER line, '-infinity') AS after_created_at,
        coalesce(lag(id) OVER line, '00000000-0000-0000-0000-000000000000') AS after_id
      FROM unnest($1::int[], $2::timestamptz[], $3::uuid[]) WITH ORDINALITY AS places(priority, created_at, id, entry)
      WINDOW line AS (ORDER BY priority, created_at, id)
    ), counted AS (
      SELECT *, (SELECT count(*) FROM generations WHERE finished_at IS NULL AND state IN ('accepted', 'queued')
        AND (priority, created_at, id) >= (after_priority, after_created_at, after_id)
        AND (priority, created_at, id) < (asked.priority, asked.created_at, asked.id)) AS between_them
      FROM asked
    )
    SELECT (sum(between_them) OVER (ORDER BY priority, created_at, id))::int AS ahead FROM counted ORDER BY entry`,
};
