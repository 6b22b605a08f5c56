import type { Role } from '@prisma/client';
import type { Database } from '../database/database.ts';
import { AppError } from '../errors.ts';

/** Who runs the service, from the one who may do everything to the one who only looks. */
export const staff: readonly Role[] = ['owner', 'operator', 'viewer'];

/** What accounts may do here, given by owners. */
export function createRoles({
  database: { prisma },
  announce,
}: {
  database: Database;
  /** To be called once these accounts have changed. */
  announce(accountIds: readonly string[]): Promise<void>;
}) {
  /**
   * Gives an account another role, from its next request on. Of the owners one who is not suspended
   * always remains.
   * @param actorId who asks; their own role is read here
   * Throws AppError `forbidden` unless an owner asks, `last_owner`, `not_found`.
   */
  return async function setRole(given: { accountId: string; role: Role; actorId: string }): Promise<void> {
    const { accountId, role, actorId } = given;
    await prisma.$transaction(async (transaction) => {
      // Two owners who demote each other at once must not both find the other one left.
      await transaction.$queryRaw`SELECT id FROM accounts WHERE role = 'owner' ORDER BY id FOR UPDATE`;
      const owners = await transaction.account.findMany({
        where: { role: 'owner', status: 'active' },
        select: { id: true },
      });
      if (!owners.some(({ id }) => id === actorId)) throw new AppError('forbidden');
      if (role !== 'owner' && owners.every(({ id }) => id === accountId)) throw new AppError('last_owner');
      const { count } = await transaction.account.updateMany({ where: { id: accountId }, data: { role } });
      if (!count) throw new AppError('not_found');
    });
    await announce([accountId]);
  };
}
