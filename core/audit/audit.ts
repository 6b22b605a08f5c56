import type { Prisma } from '@prisma/client';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import type { Log } from '../log.ts';

/** Who acts: an operator's account. */
export type Actor = { id: string; email: string };

/** What was done to what. */
export type Deed = {
  actor: Actor;
  /** `account.suspend` */
  action: string;
  subject: { type: string; id: string };
  /** The member it concerns. */
  accountId: string | null;
  reason?: string;
  /** Another account that it was done to as much: recorded with it too. */
  other?: { type: string; id: string };
};

/** What the record shows of a subject, as JSON: never a secret, never a prompt. */
export type Snapshot = Record<string, string | number | boolean | null>;

/** The record of what operators did. It is only ever added to; the database sees to that. */
export function createAudit({
  database,
  clock,
  log,
}: {
  database: Pick<Database, 'prisma'>;
  clock: Clock;
  log: Pick<Log, 'error'>;
}) {
  const { auditEntry } = database.prisma;

  /**
   * Does something and records it with what was before and what is after. The record is begun first: what cannot be
   * recorded is not done, and whatever dies in the middle has left its entry, without an `after`. What fails is recorded
   * too, and thrown.
   */
  async function act<T>(deed: Deed, look: () => Promise<Snapshot>, work: () => Promise<T>): Promise<T> {
    const entries = await begin(deed, await look());
    let result: T;
    try {
      result = await work();
    } catch (error) {
      await end(entries, async () => ({ failed: error instanceof Error ? error.message.slice(0, 200) : 'unknown' }));
      throw error;
    }
    await end(entries, look);
    return result;
  }

  async function begin(deed: Deed, before: Snapshot): Promise<bigint[]> {
    const { actor, action, subject, accountId, reason = '', other } = deed;
    const concerned = [{ subject, accountId }, ...(other ? [{ subject: other, accountId: other.id }] : [])];
    const rows = await auditEntry.createManyAndReturn({
      data: concerned.map((each) => ({
        actorId: actor.id,
        actorName: actor.email,
        action,
        subjectType: each.subject.type,
        subjectId: each.subject.id,
        accountId: each.accountId,
        before: before satisfies Prisma.InputJsonObject,
        reason: reason.slice(0, 500),
        createdAt: clock(),
      })),
      select: { id: true },
    });
    return rows.map(({ id }) => id);
  }

  /** What was done stays done, so nobody is told that it failed when only its end could not be recorded. */
  async function end(entries: readonly bigint[], look: () => Promise<Snapshot>): Promise<void> {
    try {
      await auditEntry.updateMany({ where: { id: { in: [...entries] } }, data: { after: await look() } });
    } catch (error) {
      log.error({ err: error, entries: entries.map(String) }, 'how a deed ended could not be recorded');
    }
  }

  return { act };
}
