import type { AccountStatus } from '@prisma/client';
import type { BaseRecord } from 'adminjs';
import { z } from 'zod';
import { AppError } from '../../../core/index.ts';
import type { AdminCore } from '../../index.ts';
import { defineDeed, snapshot } from '../deed.ts';
import { findAccount, idOf, isOwner, mayStop } from './subject.ts';

/** Stops an account on every chat, or lets it go on. */
export function setStatus(core: AdminCore, name: string, status: AccountStatus) {
  return defineDeed({
    core,
    name,
    icon: status === 'active' ? 'UserCheck' : 'UserX',
    danger: status === 'suspended',
    isVisible: (record) => record.param('status') !== status,
    isAccessible: mayStop,
    accountOf: idOf,
    look: async (record) => snapshot(await findAccount(core, record), ['status']),
    work: async (record) => {
      await core.accounts.setStatus(idOf(record), status);
    },
  });
}

const all = 'all';

/** Lists where somebody is signed in, and ends one of these or all. */
export function endSessions(core: AdminCore) {
  return defineDeed({
    core,
    name: 'endSessions',
    icon: 'LogOut',
    danger: true,
    isAccessible: (admin, record) => record.param('role') !== 'owner' || isOwner(admin),
    fields: async (record) => {
      const sessions = await core.accounts.openSessions(idOf(record));
      const choices = sessions.map(({ handle, device, address, since }) => ({
        value: handle,
        label: [device ?? '?', address, `${since.toISOString().slice(0, 19).replace('T', ' ')} UTC`].join(' · '),
      }));
      return [{ name: 'session', type: 'choice', choices: [all, ...choices], required: true, initial: all }];
    },
    input: z.object({ session: z.string().min(1).max(64) }),
    blame: { nothing_to_do: 'session' },
    facts: async (record) => ({ sessions: (await core.accounts.openSessions(idOf(record))).length }),
    accountOf: idOf,
    look: async (record) => ({ sessions: (await core.accounts.openSessions(idOf(record))).length }),
    work: async (record, { session }) => {
      if (session === all) await core.accounts.endSessions(idOf(record));
      else if (!(await core.accounts.endSession(idOf(record), session))) throw new AppError('nothing_to_do');
    },
  });
}

/** Ends every key of the REST API. */
export function revokeKeys(core: AdminCore) {
  const countKeys = async (record: BaseRecord) => ({ keys: (await core.apiKeys.list(idOf(record))).length });
  return defineDeed({
    core,
    name: 'revokeKeys',
    icon: 'Slash',
    danger: true,
    facts: countKeys,
    accountOf: idOf,
    look: countKeys,
    work: async (record) => {
      if (!(await core.apiKeys.revokeAll(idOf(record)))) throw new AppError('nothing_to_do');
    },
  });
}

/** Mails a new code to somebody whose chat waits for one. */
export function resendCode(core: AdminCore) {
  return defineDeed({
    core,
    name: 'resendCode',
    icon: 'Mail',
    accountOf: idOf,
    look: async (record) => ({ codes: await countCodes(core, record) }),
    work: async (record) => core.accounts.resendCode(idOf(record)),
  });
}

async function countCodes(core: AdminCore, record: BaseRecord): Promise<number> {
  const email = String(record.param('email'));
  return core.database.prisma.emailCode.count({
    where: { email, createdAt: { gt: new Date(Date.now() - 3_600_000) } },
  });
}

const roles = ['member', 'viewer', 'operator', 'owner'] as const;

/** Lets an account run the service, or no longer. */
export function setRole(core: AdminCore) {
  return defineDeed({
    core,
    name: 'setRole',
    icon: 'Key',
    isAccessible: isOwner,
    fields: async (record) => [
      { name: 'role', type: 'choice', choices: roles, required: true, initial: String(record.param('role')) },
    ],
    input: z.object({ role: z.enum(roles) }),
    blame: { last_owner: 'role' },
    accountOf: idOf,
    look: async (record) => snapshot(await findAccount(core, record), ['role']),
    work: async (record, { role }, admin) => {
      await core.accounts.setRole({ accountId: idOf(record), role, actorId: String(admin.id) });
    },
  });
}

/** Takes the second factor off somebody who has lost it. */
export function resetSecondFactor(core: AdminCore) {
  const lookAtIt = async (record: BaseRecord) => {
    const status = await core.accounts.secondFactor.status(idOf(record));
    return { secondFactor: status?.since.toISOString() ?? null };
  };
  return defineDeed({
    core,
    name: 'resetSecondFactor',
    icon: 'Unlock',
    danger: true,
    isAccessible: isOwner,
    facts: lookAtIt,
    accountOf: idOf,
    look: lookAtIt,
    work: async (record) => {
      const { existed } = await core.accounts.secondFactor.remove(idOf(record));
      if (!existed) throw new AppError('nothing_to_do');
    },
  });
}
