import { createHmac, randomInt, randomUUID, timingSafeEqual } from 'node:crypto';
import type { CodePurpose, Platform } from '@prisma/client';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { AppError } from '../errors.ts';

export const codeMinutes = 10;
const guesses = 5;
const perHour = 5;

/** Whom a code is for, and what it may be used for. */
export type CodeSubject = { purpose: CodePurpose; platform: Platform; platformUserId: string };

export type Codes = ReturnType<typeof createCodes>;

/**
 * One-time codes by mail: six digits, bound to purpose, chat identity and address; kept as a keyed
 * hash, since a plain one of a million possibilities is no secret.
 */
export function createCodes({ database, key, clock }: { database: Database; key: Uint8Array; clock: Clock }) {
  const hash = (id: string, code: string) => createHmac('sha256', key).update(`${id}:${code}`).digest();

  /**
   * Makes a code and forgets earlier ones of this subject. Throws AppError `code_limit` after five in
   * an hour to one address or from one identity, with the minutes until the next is allowed.
   */
  async function issue(subject: CodeSubject, email: string): Promise<string> {
    const now = clock();
    const id = randomUUID();
    const code = String(randomInt(1_000_000)).padStart(6, '0');
    await database.prisma.$transaction(async (tx) => {
      // One at a time an address and an identity, so that parallel requests cannot pass the limit together.
      for (const name of [`code:${email}`, `code:${subject.platform}:${subject.platformUserId}`].sort()) {
        await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${name}, 0))`;
      }
      const since = new Date(now.getTime() - 3_600_000);
      const who = { platform: subject.platform, platformUserId: subject.platformUserId };
      for (const where of [{ email }, who]) {
        const sent = await tx.emailCode.findMany({
          where: { ...where, createdAt: { gt: since } },
          orderBy: { createdAt: 'asc' },
          select: { createdAt: true },
        });
        const oldest = sent.at(-perHour);
        if (oldest)
          throw new AppError('code_limit', {
            max: perHour,
            minutes: Math.ceil((oldest.createdAt.getTime() + 3_600_000 - now.getTime()) / 60_000),
          });
      }
      await tx.emailCode.updateMany({
        where: { ...who, purpose: subject.purpose, usedAt: null, expiresAt: { gt: now } },
        data: { expiresAt: now },
      });
      await tx.emailCode.create({
        data: {
          id,
          ...subject,
          email,
          codeHash: hash(id, code),
          guessesLeft: guesses,
          expiresAt: new Date(now.getTime() + codeMinutes * 60_000),
          createdAt: now,
        },
      });
    });
    return code;
  }

  /**
   * Uses a code up and answers the address it proved. A guess is counted before it is compared, so
   * that parallel guesses cannot outrun the limit. Throws AppError `code_missing` when none is
   * waiting, `code_wrong` with the guesses left.
   */
  async function redeem(subject: CodeSubject, code: string): Promise<string> {
    const now = clock();
    const [row] = await database.run<{ id: string; email: string; hash: Buffer; left: number }>(takeGuess, [
      subject.platform,
      subject.platformUserId,
      subject.purpose,
      now,
    ]);
    if (!row) throw new AppError('code_missing');
    const given = hash(row.id, code.normalize('NFKC').replaceAll(/[\s-]/g, ''));
    if (!timingSafeEqual(given, row.hash)) throw new AppError('code_wrong', { count: row.left });
    const used = await database.prisma.emailCode.updateMany({
      where: { id: row.id, usedAt: null },
      data: { usedAt: now },
    });
    if (used.count !== 1) throw new AppError('code_missing');
    return row.email;
  }

  /** Deletes what is a day old: long past its use, and past every limit that counts it. */
  async function prune(): Promise<void> {
    await database.prisma.emailCode.deleteMany({
      where: { createdAt: { lt: new Date(clock().getTime() - 86_400_000) } },
    });
  }

  return { issue, redeem, prune };
}

const takeGuess = {
  name: 'code_guess',
  text: `
    UPDATE email_codes SET guesses_left = guesses_left - 1
    WHERE id = (SELECT id FROM email_codes WHERE platform = $1::"Platform" AND platform_user_id = $2 AND purpose = $3::"CodePurpose"
        AND used_at IS NULL AND expires_at > $4 ORDER BY created_at DESC LIMIT 1)
      AND guesses_left > 0 AND used_at IS NULL
    RETURNING id, email, code_hash AS hash, guesses_left AS left`,
};
