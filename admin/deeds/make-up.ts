import { z } from 'zod';
import { AppError } from '../../core/index.ts';
import type { AdminCore } from '../index.ts';
import { defineWideDeed, type Field } from './deed.ts';
import { moment } from './fields.ts';

const ways = ['quota', 'extra'] as const;

export const madeUpFields: readonly Field[] = [
  { name: 'from', type: 'datetime-local', required: true },
  { name: 'to', type: 'datetime-local', required: true },
  { name: 'as', type: 'choice', choices: ways, required: true, initial: 'quota' },
];

export const madeUpInput = z
  .object({ from: moment, to: moment, as: z.enum(ways) })
  .refine(({ from, to }) => from < to, { path: ['to'], message: 'after_from' });

/** Makes up to everybody for what went wrong in a span of time; each request once, however spans overlap. */
export function makeUpToAll(core: AdminCore) {
  return defineWideDeed({
    core,
    name: 'makeUpToAll',
    icon: 'LifeBuoy',
    subject: 'everybody',
    fields: madeUpFields,
    input: madeUpInput,
    weigh: async ({ from, to }) => ({ ...(await core.quotas.weigh({ from, to, accountId: null })) }),
    look: async ({ from, to, as }) => ({
      from: from.toISOString(),
      to: to.toISOString(),
      as,
      ...(await core.quotas.weigh({ from, to, accountId: null })),
    }),
    work: async ({ reason, ...given }) => {
      const made = await core.quotas.makeUp({ ...given, accountId: null, note: reason });
      if (!made.images) throw new AppError('nothing_to_do');
      return made;
    },
  });
}
