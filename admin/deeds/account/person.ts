import { z } from 'zod';
import { AppError, type Snapshot } from '../../../core/index.ts';
import type { AdminCore } from '../../index.ts';
import { defineDeed } from '../deed.ts';
import { idOf } from './subject.ts';

/** Makes one account of two of the same person: this one stays. */
export function merge(core: AdminCore) {
  const find = async (typed: string): Promise<string> => {
    const wanted = typed.trim().toLowerCase();
    const isId = z.uuid().safeParse(wanted).success;
    const where = isId ? { id: wanted } : { email: wanted };
    const found = await core.database.prisma.account.findUnique({ where, select: { id: true } });
    if (!found) throw new AppError('account_unknown');
    return found.id;
  };
  return defineDeed({
    core,
    name: 'merge',
    icon: 'GitMerge',
    danger: true,
    fields: [{ name: 'other', type: 'text', max: 254, required: true }],
    input: z.object({ other: z.string().min(1).max(254) }),
    blame: { account_unknown: 'other', same_account: 'other', staff_stays: 'other' },
    weigh: async (_record, { other }) => countHoldings(core, await find(other)),
    accountOf: idOf,
    otherOf: async (_record, { other }) => find(other),
    look: (record) => countHoldings(core, idOf(record)),
    work: async (record, { other }) => core.accounts.merge({ from: await find(other), into: idOf(record) }),
  });
}

/** All that Easel keeps about a person, as a file for them. */
export function exportPerson(core: AdminCore) {
  return defineDeed({
    core,
    name: 'export',
    icon: 'Download',
    download: true,
    facts: (record) => countHoldings(core, idOf(record)),
    accountOf: idOf,
    look: async () => ({}),
    work: async () => {},
  });
}

/** Deletes a person, once the address is typed. */
export function deletePerson(core: AdminCore) {
  return defineDeed({
    core,
    name: 'deletePerson',
    icon: 'Trash2',
    danger: true,
    isAccessible: (_admin, record) => record.param('role') === 'member',
    fields: [{ name: 'confirmEmail', type: 'text', max: 254, required: true }],
    input: z.object({ confirmEmail: z.string().trim().toLowerCase() }),
    blame: { confirm_wrong: 'confirmEmail' },
    facts: (record) => countHoldings(core, idOf(record)),
    accountOf: idOf,
    look: (record) => countHoldings(core, idOf(record)),
    work: async (record, { confirmEmail }) => {
      if (confirmEmail !== record.param('email')) throw new AppError('confirm_wrong');
      return { ...(await core.accounts.deletePerson(idOf(record))) };
    },
  });
}

/** What an account has, in numbers alone: the audit outlives the person. */
async function countHoldings({ database, quotas }: AdminCore, accountId: string): Promise<Snapshot> {
  const { prisma } = database;
  const where = { accountId };
  const [account, identities, generations, images, subscriptions] = await Promise.all([
    prisma.account.findUnique({ where: { id: accountId }, include: { plan: true } }),
    prisma.identity.count({ where }),
    prisma.generation.count({ where }),
    prisma.image.count({ where: { ...where, deletedAt: null } }),
    prisma.subscription.count({ where: { ...where, endedAt: null } }),
  ]);
  if (!account) return { gone: true };
  const { topUp } = await quotas.status(accountId, account.plan);
  return { identities, generations, images, subscriptions, extra: topUp.remaining };
}
