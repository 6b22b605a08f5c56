import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { AppError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Seal } from '../seal.ts';
import type { Attempts } from './attempts.ts';
import type { createRecoveryCodes } from './recovery-codes.ts';
import { raiseSessionEpoch } from './sessions.ts';
import type { createTimeCodes, Proposal } from './time-code.ts';

const mostCode = 64;

/** A code as somebody typed it, and the IP address that it came from. */
export type GivenCode = { accountId: string; code: string; address: string };

type Dependencies = {
  database: Database;
  attempts: Attempts;
  timeCodes: ReturnType<typeof createTimeCodes>;
  recoveryCodes: ReturnType<typeof createRecoveryCodes>;
  seal: Seal;
  clock: Clock;
  log: Log;
};

/**
 * What an account proves beside its password: a code of an authenticator app, or one of ten recovery
 * codes in its place. Whatever changes it ends all sessions of the account.
 */
export function createSecondFactor({
  database: { prisma },
  attempts,
  timeCodes,
  recoveryCodes,
  seal,
  clock,
  log,
}: Dependencies) {
  /** What to enter into the app; the same for the same nonce, which only this browser may know. */
  function propose(account: { id: string; email: string }, nonce: string): Proposal {
    return timeCodes.propose(account, nonce);
  }

  /**
   * Sets up what was proposed, once a code shows that the app has it. That code cannot be used again.
   * Throws AppError `second_factor_wrong`, `second_factor_exists`.
   * @returns ten recovery codes, never to be had again, and the number that sessions must carry from now on
   */
  async function enrol(account: { id: string; email: string }, nonce: string, code: string) {
    const now = clock();
    const { secret } = timeCodes.propose(account, nonce);
    const step = timeCodes.findStep(secret, digitsOf(code), now);
    if (step === null) throw new AppError('second_factor_wrong');
    const row = { accountId: account.id, sealedSecret: seal.seal(account.id, secret), lastStep: step, createdAt: now };
    return prisma.$transaction(async (transaction) => {
      const made = await transaction.secondFactor.createMany({ data: [row], skipDuplicates: true });
      if (!made.count) throw new AppError('second_factor_exists');
      const codes = await recoveryCodes.replace(transaction, account.id);
      return { codes, epoch: await raiseSessionEpoch(transaction, account.id) };
    });
  }

  /**
   * Uses up a code of the app or a recovery code. The try is counted before anything is compared, and
   * of the same code given many times at once one is taken.
   * Throws AppError `second_factor_wrong` or `recovery_code_wrong`, also for codes used before,
   * `too_many_attempts` or `unavailable`.
   */
  async function check({ accountId, code, address }: GivenCode): Promise<'app' | 'recovery'> {
    const attempt = { account: accountId, address };
    await attempts.count(attempt);
    const digits = digitsOf(code);
    const isApp = /^\d{6}$/.test(digits);
    const right = isApp
      ? await useTimeCode(accountId, digits)
      : await recoveryCodes.use(prisma, accountId, code.slice(0, mostCode), clock());
    if (!right) throw new AppError(isApp ? 'second_factor_wrong' : 'recovery_code_wrong');
    await attempts.forgive(attempt);
    return isApp ? 'app' : 'recovery';
  }

  async function useTimeCode(accountId: string, code: string): Promise<boolean> {
    const row = await prisma.secondFactor.findUnique({ where: { accountId } });
    if (!row) return false;
    const secret = seal.open(accountId, row.sealedSecret);
    if (secret === null) {
      log.error(
        { account: accountId },
        'a second factor was set up under another SECRET_KEY; `npm run -s easel -- account second-factor reset` takes it off',
      );
      return false;
    }
    const step = timeCodes.findStep(secret, code, clock());
    if (step === null) return false;
    // Steps only go up: a code that somebody watched being typed is worth nothing, nor is any before it.
    const taken = await prisma.secondFactor.updateMany({
      where: { accountId, lastStep: { lt: step } },
      data: { lastStep: step },
    });
    return taken.count === 1;
  }

  /** Ten new recovery codes in place of all earlier ones. Takes a code of the app; throws as `check`. */
  async function renewRecoveryCodes(given: GivenCode): Promise<string[]> {
    await check(given);
    return prisma.$transaction((transaction) => recoveryCodes.replace(transaction, given.accountId));
  }

  /**
   * Takes the second factor off an account. Who asks must have proved to be its owner, or be at the
   * command line. Throws AppError `not_found` when there is no such account.
   * @returns whether there was one, and the number that sessions must carry from now on
   */
  async function remove(accountId: string): Promise<{ existed: boolean; epoch: number }> {
    return prisma.$transaction(async (transaction) => {
      const epoch = await raiseSessionEpoch(transaction, accountId);
      await transaction.recoveryCode.deleteMany({ where: { accountId } });
      const { count } = await transaction.secondFactor.deleteMany({ where: { accountId } });
      return { existed: count === 1, epoch };
    });
  }

  /** Since when an account has a second factor, and how many recovery codes are left; null without one. */
  async function status(accountId: string): Promise<{ since: Date; recoveryCodesLeft: number } | null> {
    const [row, recoveryCodesLeft] = await Promise.all([
      prisma.secondFactor.findUnique({ where: { accountId }, select: { createdAt: true } }),
      prisma.recoveryCode.count({ where: { accountId, usedAt: null } }),
    ]);
    return row && { since: row.createdAt, recoveryCodesLeft };
  }

  return { propose, enrol, check, renewRecoveryCodes, remove, status };
}

/** Apps show their codes in groups. */
function digitsOf(code: string): string {
  return code.slice(0, mostCode).normalize('NFKC').replaceAll(/[\s-]/g, '');
}
