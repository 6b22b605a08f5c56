import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { AppError } from '../errors.ts';
import type { createLetters } from '../mail/letters.ts';
import type { Mailer } from '../mail/mailer.ts';
import { platformNames } from './accounts.ts';
import { type Codes, codeMinutes } from './codes.ts';

/** Mails a new code to somebody whose mail did not come. */
export function createResendCode({
  database,
  codes,
  mailer,
  letters,
  clock,
}: {
  database: Pick<Database, 'prisma'>;
  codes: Pick<Codes, 'issue'>;
  mailer: Mailer;
  letters: Pick<ReturnType<typeof createLetters>, 'linkCode'>;
  clock: Clock;
}) {
  const { prisma } = database;

  /**
   * Mails a new code in place of the one that a chat waits for; waits for the mail server, so that whoever asks knows.
   * Throws AppError `nothing_to_do` when no chat waits for one, `code_limit`, `not_found`, and `mail_failed`.
   */
  return async function resendCode(accountId: string): Promise<{ platform: string }> {
    const account = await prisma.account.findUnique({ where: { id: accountId } });
    if (!account) throw new AppError('not_found');
    const { email, locale } = account;
    const pending = await prisma.emailCode.findFirst({
      where: { email, usedAt: null, expiresAt: { gt: clock() } },
      orderBy: { createdAt: 'desc' },
    });
    if (!pending) throw new AppError('nothing_to_do');
    const { purpose, platform, platformUserId } = pending;
    const code = await codes.issue({ purpose, platform, platformUserId }, email);
    const values = { code, platform: platformNames[platform], minutes: codeMinutes };
    await mailer.send(letters.linkCode(email, locale, values)).catch((cause: unknown) => {
      throw new AppError('mail_failed', {}, { cause });
    });
    return { platform: platformNames[platform] };
  };
}
