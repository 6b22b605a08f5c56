import { type Clock, dayOf } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { readMoney } from './money.ts';
import { readStanding } from './standing.ts';
import { readUsage } from './usage.ts';

export type Figures = Awaited<ReturnType<typeof readFigures>>;
/** UTC days: `from` and `to` count in; rows from `liveFrom` on are read themselves, not from the roll-up. */
export type Span = { from: string; to: string; liveFrom: string };
export type Reads = { database: Pick<Database, 'run'>; clock: Clock };

/** How many days can be asked for, today among them. */
export const spans = [1, 7, 30, 90] as const;

/** Whoever asks within that gets the same answer, so that many readers cost as much as one. */
const freshMs = 5_000;
const mostLiveDays = 3;
const dayMs = 86_400_000;

/**
 * What operators see of the last days. Past days are read as they were rolled up, what came since from the rows
 * themselves by index, so that the time it takes does not grow with all there ever was.
 */
export function createFigures(reads: Reads) {
  const known = new Map<number, { at: number; figures: Promise<Figures> }>();

  /** @param days how many UTC days, today among them; one of `spans` */
  async function read(days: (typeof spans)[number]): Promise<Figures> {
    const now = reads.clock().getTime();
    const last = known.get(days);
    if (last && now - last.at < freshMs) return last.figures;
    const figures = readFigures(reads, days);
    known.set(days, { at: now, figures });
    // What could not be read is asked for again at once.
    figures.catch(() => known.delete(days));
    return figures;
  }

  return { read };
}

async function readFigures(reads: Reads, days: number) {
  const now = reads.clock();
  const rolledUpAt = await readRun(reads);
  const span = spanOf(now, days, rolledUpAt);
  const [usage, standing, money] = await Promise.all([
    readUsage(reads, span),
    readStanding(reads, now),
    readMoney(reads, span),
  ]);
  return { asOf: now, rolledUpAt, from: span.from, to: span.to, ...usage, ...standing, ...money };
}

async function readRun({ database }: Reads): Promise<Date | null> {
  const [run] = await database.run<{ at: Date }>({ name: 'usage_last_run', text: 'SELECT at FROM usage_runs' }, []);
  return run?.at ?? null;
}

function spanOf(now: Date, days: number, rolledUpAt: Date | null): Span {
  const back = (count: number) => dayOf(new Date(now.getTime() - count * dayMs));
  const from = back(days - 1);
  // A day is rolled up once more after it ended; until then its last minutes are only in the rows.
  const rolled = rolledUpAt ? dayOf(rolledUpAt) : '';
  const liveFrom = [rolled, back(mostLiveDays), from].toSorted().at(-1) as string;
  return { from, to: dayOf(now), liveFrom };
}
