import { randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';
import type { Database } from '../database/database.ts';
import { AppError } from '../errors.ts';
import type { Attempts } from './attempts.ts';
import { passwordParameters } from './operator.ts';
import { raiseSessionEpoch } from './sessions.ts';

export const leastPassword = 12;
export const mostPassword = 256;

/** Changing the password with which an account signs in. Either way ends all sessions of the account. */
export function createPasswords({ database: { prisma }, attempts }: { database: Database; attempts: Attempts }) {
  /**
   * To another, by who knows the present one.
   * @param address where the request came from, an IP address
   * Throws AppError `password_length`, `password_wrong`, `too_many_attempts` or `unavailable`.
   * @returns the number that sessions must carry from now on
   */
  async function changePassword(given: {
    accountId: string;
    current: string;
    next: string;
    address: string;
  }): Promise<number> {
    const { accountId, next } = given;
    if (next.length < leastPassword || next.length > mostPassword)
      throw new AppError('password_length', { min: leastPassword, max: mostPassword });
    const attempt = { account: accountId, address: given.address };
    await attempts.count(attempt);
    const account = await prisma.account.findUnique({ where: { id: accountId }, select: { passwordHash: true } });
    const before = account?.passwordHash;
    if (!before || !(await verify(before, given.current.slice(0, mostPassword)))) throw new AppError('password_wrong');
    await attempts.forgive(attempt);
    const passwordHash = await hash(next, passwordParameters);
    return prisma.$transaction(async (transaction) => {
      // Of two changes at once the second no longer knows the present password.
      const { count } = await transaction.account.updateMany({
        where: { id: accountId, passwordHash: before },
        data: { passwordHash },
      });
      if (!count) throw new AppError('password_wrong');
      return raiseSessionEpoch(transaction, accountId);
    });
  }

  /**
   * To a made-up one, for who is at the command line. Throws AppError `not_found`.
   * @returns the password: show it once
   */
  async function resetPassword(accountId: string): Promise<string> {
    const password = randomBytes(12).toString('base64url');
    const passwordHash = await hash(password, passwordParameters);
    await prisma.$transaction(async (transaction) => {
      await raiseSessionEpoch(transaction, accountId);
      await transaction.account.update({ where: { id: accountId }, data: { passwordHash } });
    });
    return password;
  }

  return { changePassword, resetPassword };
}
