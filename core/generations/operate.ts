import { randomUUID } from 'node:crypto';
import type { Accounts } from '../accounts/accounts.ts';
import type { Database } from '../database/database.ts';
import { AppError } from '../errors.ts';
import type { createGenerations } from './generations.ts';
import type { Outbox } from './outbox.ts';
import type { Reader } from './read.ts';
import type { Accepted } from './request.ts';
import { createSearchPrompts } from './search-prompts.ts';
import type { ReplyTo } from './write.ts';

/** What operators do to requests, whoever's they are. */
export function createOperate({
  database,
  reader,
  outbox,
  accounts,
  again,
}: {
  database: Pick<Database, 'run'>;
  reader: Pick<Reader, 'find' | 'get'>;
  outbox: Pick<Outbox, 'requeue'>;
  accounts: Pick<Accounts, 'get'>;
  again: ReturnType<typeof createGenerations>['again'];
}) {
  /**
   * Has a worker look at an unfinished one again; whoever has it in hand keeps it. Throws AppError `not_found`,
   * `already_ended`.
   */
  async function requeue(id: string): Promise<void> {
    const generation = await reader.find(id);
    if (!generation) throw new AppError('not_found', { what: '' });
    if (generation.finishedAt) throw new AppError('already_ended', { ref: generation.ref });
    await outbox.requeue(generation, 0);
  }

  /**
   * Asks for the same once more as its member would: charged as any, and brought to where the first was asked for.
   * Throws AppError for whatever speaks against it, and nothing is spent then.
   */
  async function askAgain(accountId: string, id: string): Promise<Accepted> {
    const [account, first] = await Promise.all([accounts.get(accountId), reader.get(accountId, id)]);
    const { locale } = first;
    const replyTo = first.replyTo as ReplyTo | null;
    return again(account, id, { source: 'panel', requestId: randomUUID(), locale, replyTo });
  }

  return { requeue, askAgain, searchPrompts: createSearchPrompts({ database }) };
}
