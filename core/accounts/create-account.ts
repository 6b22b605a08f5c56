import { randomBytes, randomUUID } from 'node:crypto';
import { hash } from '@node-rs/argon2';
import type { Role } from '@prisma/client';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { AppError } from '../errors.ts';
import { passwordParameters } from './operator.ts';

export type CreatedAccount = {
  id: string;
  email: string;
  role: Role;
  planSlug: string;
  /** Of those who sign in to the panel; nobody can read it again. */
  madePassword: string | null;
};

/** Accounts that an operator makes: the address is taken as proved, and no chat is linked yet. */
export function createAccountMaker({ database, clock }: { database: Database; clock: Clock }) {
  /**
   * Null when the address has an account already.
   * Throws AppError `invalid_email`; the plan must exist.
   */
  return async function create(given: { email: string; planSlug: string; role: Role }): Promise<CreatedAccount | null> {
    const email = z.email().max(254).safeParse(given.email.trim().toLowerCase());
    if (!email.success) throw new AppError('invalid_email', { email: given.email.slice(0, 100) });
    const madePassword = given.role === 'member' ? null : randomBytes(12).toString('base64url');
    const account = { id: randomUUID(), email: email.data, role: given.role, planSlug: given.planSlug };
    const passwordHash = madePassword && (await hash(madePassword, passwordParameters));
    const data = [{ ...account, passwordHash, createdAt: clock() }];
    const { count } = await database.prisma.account.createMany({ data, skipDuplicates: true });
    return count ? { ...account, madePassword } : null;
  };
}
