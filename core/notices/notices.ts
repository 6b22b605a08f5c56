import type { Platform } from '@prisma/client';
import type { ClientBase, Pool } from 'pg';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import type { DeliveryOutcome } from '../generations/deliveries.ts';
import type { Outbox } from '../generations/outbox.ts';
import type { ReplyTo } from '../generations/write.ts';
import type { Log } from '../log.ts';
import type { Queues } from '../queue/queue.ts';
import { createTries, type Tried } from '../queue/tries.ts';
import { type Entered, enterNotice, type Told } from './enter.ts';
import { type NewNotice, type NoticeKey, type PendingNotice, readValues } from './notice.ts';

const minute = 60_000;
const hour = 60 * minute;

/** Waits between tries, milliseconds: ten tries in a day, after which it is no news any more. */
const waits = [2_000, 15_000, minute, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 8 * hour, 8 * hour];

/** However often a platform names the wait itself, and also when nobody serves it, there is an end. */
const mostAttempts = 50;
const staleMs = 48 * hour;

type Note = { platform: Platform; via: string | null; lastError: string | null };

export type Notices = ReturnType<typeof createNotices>;

/** Messages to members that no command asked for: each is told once, to one chat of theirs, and tried for a day. */
export function createNotices({
  database,
  queues,
  outbox,
  leaseMs,
  clock,
  log,
}: {
  database: Database;
  queues: Queues;
  outbox: Pick<Outbox, 'publish'>;
  /** How long one try may take before another may begin. */
  leaseMs: number;
  clock: Clock;
  log: Log;
}) {
  const { prisma } = database;
  const tries = createTries<Note>({
    database,
    table: 'notices',
    claimBy: 'id',
    leaseMs,
    waitAfter: (attempts, askedMs) => (attempts > mostAttempts ? undefined : (askedMs ?? waits[attempts - 1])),
    update: ({ id }, moved, { via, lastError }) =>
      prisma.notice.updateMany({ where: { id, state: 'pending' }, data: { ...moved, via, lastError } }),
    jobOf: ({ id }, { platform }) => ({ name: `notice-${platform}`, data: { id } }),
    queues,
    clock,
  });

  /** Tells a member. True: it is on its way; false: that subject was told before; null: the account has no chat. */
  async function tell(notice: NewNotice): Promise<Told> {
    const { told, promised } = await enter(database.pool, notice);
    outbox.publish(promised);
    return told;
  }

  /** The same inside the caller's transaction, see `enterNotice`; once committed, `publish` what was promised. */
  async function enter(client: Pool | ClientBase, notice: NewNotice): Promise<Entered> {
    return enterNotice(client, notice, clock());
  }

  /** Works on one platform's notices; `deliver` says what became of each try. */
  function consume(platform: Platform, deliver: (notice: PendingNotice) => Promise<DeliveryOutcome>): void {
    queues.consume(`notice-${platform}`, 10, async ({ id }) => {
      const tried = await tries.claim(id);
      const notice = tried && (await read(id));
      if (notice) await record(tried, notice, await deliver(notice));
      else if (tried) await tries.finish(tried, 'abandoned', { platform, via: null, lastError: 'unlinked' });
    });
  }

  /** Null when its chat has left the account in the meantime: it may be another member's now. */
  async function read(id: string): Promise<PendingNotice | null> {
    const row = await prisma.notice.findUnique({ where: { id } });
    if (!row) return null;
    const { platform, platformUserId, accountId, locale, key, values, replyTo } = row;
    const linked = await prisma.identity.findFirst({ where: { platform, platformUserId, accountId } });
    if (!linked) return null;
    const address = { platform, platformUserId, replyTo: replyTo as ReplyTo | null };
    return { id, ...address, locale, key: key as NoticeKey, values: readValues(values) };
  }

  async function record(tried: Tried, { id, key, platform }: PendingNotice, outcome: DeliveryOutcome): Promise<void> {
    if ('done' in outcome) return tries.finish(tried, 'delivered', { platform, via: outcome.done, lastError: null });
    const lastError = ('abandon' in outcome ? outcome.abandon : outcome.error).slice(0, 200);
    const note = { platform, via: null, lastError };
    if ('error' in outcome && (await tries.postpone(tried, outcome.retryAfterMs, note))) return;
    await tries.finish(tried, 'abandoned', note);
    log.warn({ notice: id, words: key, platform, attempts: tried.attempts }, 'a notice could not be brought');
  }

  /** Gives up what has been waiting for days, as on a platform that was switched off; answers how many. */
  async function giveUpStale(): Promise<number> {
    const now = clock();
    const { count } = await prisma.notice.updateMany({
      where: { state: 'pending', createdAt: { lt: new Date(now.getTime() - staleMs) } },
      data: { state: 'abandoned', finishedAt: now, lastError: 'nobody brought it in time' },
    });
    if (count) log.warn({ notices: count }, 'notices that nobody could bring were given up');
    return count;
  }

  return { tell, enter, consume, giveUpStale, /** Hands over what `enter` promised. */ publish: outbox.publish };
}
