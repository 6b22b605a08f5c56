import { defineDeed, snapshot } from '../deeds/deed.ts';
import type { AdminCore } from '../index.ts';
import { newestFirst, type PanelResource, readOnly } from './definition.ts';

/** Events of Stripe, once each, and what became of them. */
export function describeInboxEvents({ core }: { core: AdminCore }): PanelResource {
  const { inboxEvent } = core.database.prisma;
  return {
    model: 'InboxEvent',
    withheld: [],
    options: {
      navigation: { name: 'money', icon: 'CreditCard' },
      listProperties: ['type', 'customerId', 'state', 'reason', 'attempts', 'occurredAt', 'createdAt'],
      filterProperties: ['type', 'customerId', 'eventId', 'state', 'createdAt'],
      properties: { eventId: { isTitle: true } },
      sort: newestFirst,
      actions: {
        ...readOnly,
        replay: defineDeed({
          core,
          name: 'replay',
          icon: 'RotateCw',
          accountOf: () => null,
          look: async (record) =>
            snapshot(await inboxEvent.findUnique({ where: { id: String(record.id()) } }), [
              'state',
              'reason',
              'attempts',
            ]),
          work: (record) => core.billing.replayEvent(String(record.id())),
        }),
      },
    },
  };
}
