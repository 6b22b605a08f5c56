import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import type { Events } from '../events.ts';
import type { Held } from '../generations/moves.ts';
import type { NewGeneration } from '../generations/write.ts';
import type { Log } from '../log.ts';
import type { Notices } from '../notices/notices.ts';
import type { Words } from '../words/words.ts';
import { createCaseQueue } from './case-queue.ts';
import { createPictureCases } from './picture-cases.ts';
import { createPromptRules } from './prompt-rules.ts';
import { createReports } from './reports.ts';

/** What operators want drawn or not, and what becomes of pictures that somebody should look at. */
export function createModeration({
  database,
  events,
  notices,
  words,
  refreshLines,
  clock,
  log,
}: {
  database: Database;
  events: Events;
  notices: Pick<Notices, 'enter' | 'publish' | 'tell'>;
  words: Pick<Words, 'plain'>;
  refreshLines(accountId: string, imageId: string): Promise<void>;
  clock: Clock;
  log: Log;
}) {
  const rules = createPromptRules({ database, events, clock, log });
  const reports = createReports({ database, clock });

  /** Puts the pictures of a finished request before operators where a rule wants that. */
  async function review({ id, prompt, serverId }: Pick<Held, 'id' | 'prompt' | 'serverId'>): Promise<void> {
    const warnings = await rules.warnings(prompt, serverId);
    if (warnings.length) await reports.flag(id, warnings.join(', '));
  }

  /** Tells whoever asked in a chat that other words are drawn; over REST the answer has the prompt that is. */
  async function tellReplaced({ id, ref, accountId, replyTo }: NewGeneration & { accountId: string }): Promise<void> {
    if (!replyTo) return;
    const notice = { accountId, subject: `words:${id}`, key: 'words_replaced', values: { ref }, replyTo } as const;
    // The request is accepted: that its notice is late or lost must not look like a refusal.
    await notices
      .tell(notice)
      .catch((error: Error) => log.warn({ err: error.message, generation: id }, 'nobody was told'));
  }

  return {
    rules,
    review,
    tellReplaced,
    report: reports.report,
    decide: createPictureCases({ database, notices, words, refreshLines, clock }),
    queue: createCaseQueue({ database }),
  };
}
