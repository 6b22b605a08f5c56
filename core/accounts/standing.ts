import type { Database } from '../database/database.ts';
import { AppError } from '../errors.ts';
import type { Account } from './accounts.ts';

/** What decides about a request of somebody who signed in before. */
export type AccountStanding = {
  account: Account;
  /** A session that began under another number is over. */
  epoch: number;
  hasSecondFactor: boolean;
};

export function createStanding({
  database: { prisma },
  get,
}: {
  database: Database;
  get(id: string): Promise<Account>;
}) {
  /** Where an account stands, read afresh; null when it is gone. */
  return async function readStanding(id: string): Promise<AccountStanding | null> {
    try {
      const [account, row] = await Promise.all([
        get(id),
        prisma.account.findUnique({
          where: { id },
          select: { sessionEpoch: true, secondFactor: { select: { accountId: true } } },
        }),
      ]);
      return row && { account, epoch: row.sessionEpoch, hasSecondFactor: row.secondFactor !== null };
    } catch (error) {
      if (error instanceof AppError && error.code === 'not_found') return null;
      throw error;
    }
  };
}
