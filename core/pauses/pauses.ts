import { LRUCache } from 'lru-cache';
import type { Database } from '../database/database.ts';
import { AppError } from '../errors.ts';
import type { Events } from '../events.ts';

/** What can be stopped. */
export type PauseTarget =
  | 'sales'
  | `provider:${string}`
  | `model:${string}`
  | `surface:${'discord' | 'telegram' | 'web' | 'rest'}`;

/** Something that is stopped for now. */
export type Paused = { target: string; message: string; createdAt: Date };

export type Pauses = ReturnType<typeof createPauses>;

/** Changes are announced; this only matters when news is lost. */
const rememberMs = 5_000;

/** What operators have stopped, held against every request: known in every process at once, and asked of Postgres seldom. */
export function createPauses({ database, events }: { database: Pick<Database, 'prisma'>; events: Events }) {
  const { pause: rows } = database.prisma;
  const known = new LRUCache<'all', Promise<ReadonlyMap<string, Paused>>>({ max: 1, ttl: rememberMs });
  void events.subscribe('pauses', () => known.clear());

  async function read(): Promise<ReadonlyMap<string, Paused>> {
    const held = known.get('all');
    if (held) return held;
    const reading = rows.findMany().then((found) => new Map(found.map((each) => [each.target, each])));
    known.set('all', reading);
    // A failure is not remembered.
    reading.catch(() => known.delete('all'));
    return reading;
  }

  /** What is stopped now, newest first. */
  async function list(): Promise<Paused[]> {
    return rows.findMany({ orderBy: { createdAt: 'desc' } });
  }

  /** Throws AppError `paused`, with the operators' message, when one of these is stopped. */
  async function check(...targets: readonly PauseTarget[]): Promise<void> {
    const paused = await read();
    for (const target of targets) {
      const found = paused.get(target);
      if (found) throw new AppError('paused', { message: found.message });
    }
  }

  /** Whether it is stopped. */
  async function isPaused(target: PauseTarget): Promise<boolean> {
    return (await read()).has(target);
  }

  /** Stops something, or changes what people read meanwhile; from the next request on, everywhere. */
  async function pause(target: PauseTarget, message: string): Promise<void> {
    const text = message.slice(0, 300);
    await rows.upsert({ where: { target }, create: { target, message: text }, update: { message: text } });
    await announce();
  }

  /** Lets it go on; false when it was not stopped. */
  async function resume(target: string): Promise<boolean> {
    const { count } = await rows.deleteMany({ where: { target } });
    await announce();
    return count > 0;
  }

  async function announce(): Promise<void> {
    known.clear();
    await events.publish('pauses', {});
  }

  return { list, check, isPaused, pause, resume };
}
