import type { Core } from '../core/index.ts';
import { CommandError } from './command.ts';

/** The id of the account of an address. Throws CommandError, which says how to make one. */
export async function findAccount(core: Pick<Core, 'database'>, email: string): Promise<string> {
  const address = email.trim().toLowerCase();
  const account = await core.database.prisma.account.findUnique({ where: { email: address }, select: { id: true } });
  if (!account) throw new CommandError(`There is no account ${address}; "account create --email ${address}" makes one`);
  return account.id;
}
