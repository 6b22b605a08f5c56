import { randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';
import type { AccountStatus } from '@prisma/client';
import type { Database } from '../database/database.ts';
import { AppError } from '../errors.ts';
import type { Attempts } from './attempts.ts';
import { passwordParameters } from './operator.ts';
import { mostPassword } from './password.ts';

const mostEmail = 254;

/** Whose password it was. */
export type PasswordProved = {
  accountId: string;
  /** What a session of the account must carry, as it was before the password was compared. */
  epoch: number;
  /** A code must be proved too, before anything opens. */
  needsSecondFactor: boolean;
};

/**
 * Signing in with address and password. Unknown addresses, accounts without a password and wrong
 * passwords get the same answer after the same work, so that nobody learns who is here.
 */
export function createPasswordSignIn({ database, attempts }: { database: Database; attempts: Attempts }) {
  const decoy = hash(randomBytes(18).toString('base64url'), passwordParameters);

  /**
   * @param address where the request came from, an IP address
   * Throws AppError `sign_in_failed`, `too_many_attempts`, `account_suspended` (only to who knows the
   * password) or `unavailable`.
   */
  return async function signIn(given: { email: string; password: string; address: string }): Promise<PasswordProved> {
    const email = given.email.trim().toLowerCase().slice(0, mostEmail);
    const attempt = { account: email, address: given.address };
    await attempts.count(attempt);
    const [found] = await database.run<Row>(select, [email]);
    const right = await verify(found?.passwordHash ?? (await decoy), given.password.slice(0, mostPassword));
    if (!found?.passwordHash || !right) throw new AppError('sign_in_failed');
    if (found.status !== 'active') throw new AppError('account_suspended');
    await attempts.forgive(attempt);
    return { accountId: found.id, epoch: found.epoch, needsSecondFactor: found.needsSecondFactor };
  };
}

type Row = {
  id: string;
  passwordHash: string | null;
  status: AccountStatus;
  epoch: number;
  needsSecondFactor: boolean;
};

/** One query whether or not there is such an account: Prisma would ask again for what belongs to one that it found. */
const select = {
  name: 'sign_in',
  text: `
    SELECT id, password_hash AS "passwordHash", status, session_epoch AS epoch,
      EXISTS (SELECT 1 FROM second_factors WHERE account_id = id) AS "needsSecondFactor"
    FROM accounts WHERE email = $1`,
};
