import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { inTransaction } from '../database/transaction.ts';
import type { Outbox } from '../generations/outbox.ts';
import type { Told } from '../notices/enter.ts';
import type { Notices } from '../notices/notices.ts';
import { grantEntry } from './grants.ts';
import { readTopUps } from './ledger.ts';

/** Images that an operator gives: they never expire, and are spent after those of the plan. */
export type Gift = {
  accountId: string;
  /** 1 or more. */
  images: number;
  /** Why; members read it. */
  note: string;
  /** Whether the member gets a message in chat. */
  tell: boolean;
};

/** Gives images as extra ones, and says so to whom they are for. */
export function createGifts({
  database,
  outbox,
  notices,
  clock,
}: {
  database: Pick<Database, 'pool'>;
  outbox: Pick<Outbox, 'publish'>;
  notices: Pick<Notices, 'enter'>;
  clock: Clock;
}) {
  /**
   * Gives images, counted from the next request on. Answers whether the member is told: null when there is no chat to
   * tell, or nobody asked to. Throws AppError `not_found`.
   */
  return async function give({ accountId, images, note, tell }: Gift): Promise<Told> {
    const now = clock();
    const { told, promised } = await inTransaction(database, async (client) => {
      const rebuild = await grantEntry(
        client,
        { accountId, images, ...(note ? { note: note.slice(0, 200) } : {}) },
        now,
      );
      if (!tell) return { told: null, promised: [rebuild] };
      const values = { count: images, balance: await readTopUps(client, accountId) };
      const entered = await notices.enter(client, {
        accountId,
        subject: `given:${randomUUID()}`,
        key: 'images_given',
        values,
      });
      return { told: entered.told, promised: [rebuild, ...entered.promised] };
    });
    await outbox.publish(promised);
    return told;
  };
}
