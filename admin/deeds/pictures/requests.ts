import type { BaseRecord } from 'adminjs';
import type { AdminCore } from '../../index.ts';
import { defineDeed, snapshot } from '../deed.ts';

const idOf = (record: BaseRecord) => String(record.id());
const accountOf = (record: BaseRecord) => String(record.param('account'));
const isUnfinished = (record: BaseRecord) => !record.param('finishedAt');
const looker = (core: AdminCore) => async (record: BaseRecord) =>
  snapshot(await core.database.prisma.generation.findUnique({ where: { id: idOf(record) } }), [
    'state',
    'attempts',
    'cancelRequested',
    'errorCode',
  ]);

/** Ends a request on its member's behalf; nothing is charged, as when they end it themselves. */
export const cancelRequest = (core: AdminCore) =>
  defineDeed({
    ...{ core, name: 'cancel', icon: 'XCircle', danger: true, isVisible: isUnfinished, accountOf, look: looker(core) },
    work: async (record) => {
      await core.generations.cancel(accountOf(record), idOf(record));
    },
  });

/** Puts a request that seems stuck before a worker again; one that is being worked on goes on as it is. */
export const requeueRequest = (core: AdminCore) =>
  defineDeed({
    ...{ core, name: 'requeue', icon: 'RotateCw', isVisible: isUnfinished, accountOf, look: looker(core) },
    work: async (record) => {
      await core.generations.requeue(idOf(record));
    },
  });

/** Asks for the same once more, as its member would: charged as any, brought to where the first was asked for. */
export const retryRequest = (core: AdminCore) =>
  defineDeed({
    ...{ core, name: 'retry', icon: 'RefreshCw', accountOf, look: looker(core) },
    isVisible: (record) => ['failed', 'moderated', 'cancelled'].includes(String(record.param('state'))),
    work: async (record) => {
      const { ref } = await core.generations.askAgain(accountOf(record), idOf(record));
      return { ref };
    },
  });
