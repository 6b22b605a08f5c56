import { z } from 'zod';
import { AppError, dayOf } from '../../../core/index.ts';
import type { AdminCore } from '../../index.ts';
import { defineDeed } from '../deed.ts';
import { day, positive, ticked } from '../fields.ts';
import { madeUpFields, madeUpInput } from '../make-up.ts';
import { idOf, lookAtQuota } from './subject.ts';

/** More than anybody takes in a day. */
const most = 1_000_000;
const mostGiven = 100_000;

/** Gives extra images, which never expire. */
export function giveImages(core: AdminCore) {
  return defineDeed({
    core,
    name: 'giveImages',
    icon: 'Gift',
    fields: [
      { name: 'images', type: 'number', min: 1, max: mostGiven, required: true },
      { name: 'tell', type: 'check' },
    ],
    input: z.object({ images: positive(mostGiven), tell: ticked }),
    facts: (record) => lookAtQuota(core, record),
    accountOf: idOf,
    look: (record) => lookAtQuota(core, record),
    work: async (record, { images, tell, reason }) => {
      await core.quotas.give({ accountId: idOf(record), images, note: reason, tell });
    },
  });
}

/** Gives back what a day took from the plan. */
export function giveBack(core: AdminCore) {
  return defineDeed({
    core,
    name: 'giveBack',
    icon: 'CornerUpLeft',
    fields: async () => [
      { name: 'day', type: 'date', required: true, initial: dayOf(new Date()) },
      { name: 'imagesOfDay', type: 'number', min: 1 },
    ],
    input: z.object({ day, imagesOfDay: positive(most).optional() }),
    facts: (record) => lookAtQuota(core, record),
    accountOf: idOf,
    look: (record) => lookAtQuota(core, record),
    work: async (record, given) => {
      const wanted = { accountId: idOf(record), day: given.day, note: given.reason };
      const images = await core.quotas.giveBack({ ...wanted, images: given.imagesOfDay ?? most });
      if (!images) throw new AppError('nothing_to_do');
      return { images };
    },
  });
}

/** Gives back all that today took from the plan. */
export function resetToday(core: AdminCore) {
  return defineDeed({
    core,
    name: 'resetToday',
    icon: 'RefreshCw',
    facts: (record) => lookAtQuota(core, record),
    accountOf: idOf,
    look: (record) => lookAtQuota(core, record),
    work: async (record, { reason }) => {
      const wanted = { accountId: idOf(record), day: dayOf(new Date()), note: reason };
      const images = await core.quotas.giveBack({ ...wanted, images: most });
      if (!images) throw new AppError('nothing_to_do');
      return { images };
    },
  });
}

/** Makes up to one member for what went wrong in a span of time. */
export function makeUp(core: AdminCore) {
  return defineDeed({
    core,
    name: 'makeUp',
    icon: 'LifeBuoy',
    fields: madeUpFields,
    input: madeUpInput,
    weigh: async (record, { from, to }) => {
      const { generations, images } = await core.quotas.weigh({ from, to, accountId: idOf(record) });
      return { generations, images };
    },
    accountOf: idOf,
    look: (record) => lookAtQuota(core, record),
    work: async (record, { reason, ...given }) => {
      const { generations, images } = await core.quotas.makeUp({ ...given, accountId: idOf(record), note: reason });
      if (!images) throw new AppError('nothing_to_do');
      return { generations, images };
    },
  });
}
