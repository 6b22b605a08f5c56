import type { Prisma } from '@prisma/client';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';

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

/** The record of what operators did. It is only ever added to. */
export function createAudit({ database, clock }: { database: Pick<Database, 'prisma'>; clock: Clock }) {
  /** Does something and records it with what was before and what is after. What fails is recorded too, and thrown. */
  async function act<T>(deed: Deed, look: () => Promise<Snapshot>, work: () => Promise<T>): Promise<T> {
    const before = await look();
    let result: T;
    try {
      result = await work();
    } catch (error) {
      await record(deed, before, { failed: error instanceof Error ? error.message.slice(0, 200) : 'unknown' });
      throw error;
    }
    await record(deed, before, await look());
    return result;
  }

  async function record(deed: Deed, before: Snapshot, after: Snapshot): Promise<void> {
    const { actor, action, subject, accountId, reason = '', other } = deed;
    const concerned = [{ subject, accountId }, ...(other ? [{ subject: other, accountId: other.id }] : [])];
    await database.prisma.auditEntry.createMany({
      data: concerned.map((each) => ({
        actorId: actor.id,
        actorName: actor.email,
        action,
        subjectType: each.subject.type,
        subjectId: each.subject.id,
        accountId: each.accountId,
        before: before satisfies Prisma.InputJsonObject,
        after: after satisfies Prisma.InputJsonObject,
        reason: reason.slice(0, 500),
        createdAt: clock(),
      })),
    });
  }

  return { act };
}
