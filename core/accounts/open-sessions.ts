import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Database } from '../database/database.ts';
import type { Sessions } from './sessions.ts';

/** A session by browser, as those who help see it; `handle` names it and opens nothing. */
export type OpenSession = { handle: string; device: string | null; address: string; since: Date };

const kept = z.object({
  signedIn: z.object({ epoch: z.number(), at: z.number(), device: z.string().nullable(), address: z.string() }),
});

/** The sessions of an account that open something still, and ending one of them. Reject while Redis is away. */
export function createOpenSessions({
  sessions,
  database: { prisma },
}: {
  sessions: Pick<Sessions, 'list' | 'end'>;
  database: Pick<Database, 'prisma'>;
}) {
  /** The latest first. */
  async function openSessions(accountId: string): Promise<OpenSession[]> {
    const account = await prisma.account.findUnique({ where: { id: accountId }, select: { sessionEpoch: true } });
    const found = await sessions.list(accountId);
    return found
      .flatMap(({ id, text }) => {
        const parsed = kept.safeParse(JSON.parse(text));
        if (!parsed.success || parsed.data.signedIn.epoch !== account?.sessionEpoch) return [];
        const { device, address, at } = parsed.data.signedIn;
        return [{ handle: handleOf(id), device, address, since: new Date(at) }];
      })
      .sort((one, other) => other.since.getTime() - one.since.getTime());
  }

  /** Ends one session at its next request; false when it was over. */
  async function endSession(accountId: string, handle: string): Promise<boolean> {
    const one = (await sessions.list(accountId)).find(({ id }) => handleOf(id) === handle);
    if (one) await sessions.end(one.id);
    return one !== undefined;
  }

  return { openSessions, endSession };
}

function handleOf(id: string): string {
  return createHash('sha256').update(id).digest('base64url');
}
