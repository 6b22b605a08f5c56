import { z } from 'zod';
import { defineDeed, defineWideDeed, type Field, snapshot } from '../deeds/deed.ts';
import { moment, ticked } from '../deeds/fields.ts';
import type { AdminCore } from '../index.ts';
import { newestFirst, type PanelResource, readOnly } from './definition.ts';

const mostText = 1_000;

/** Messages to members whom something went wrong for, and how far they are. */
export function describeBroadcasts({ core }: { core: AdminCore }): PanelResource {
  return {
    model: 'Broadcast',
    withheld: ['cursor'],
    options: {
      navigation: { name: 'service', icon: 'Tool' },
      listProperties: ['text', 'state', 'done', 'total', 'createdAt', 'finishedAt'],
      properties: { text: { isTitle: true } },
      sort: newestFirst,
      actions: { ...readOnly, broadcast: sendDeed(core), stopBroadcast: cancelDeed(core) },
    },
  };
}

function sendDeed(core: AdminCore) {
  const fields: readonly Field[] = [
    { name: 'text', type: 'long', max: mostText, required: true },
    { name: 'from', type: 'datetime-local', required: true },
    { name: 'to', type: 'datetime-local', required: true },
    { name: 'model', type: 'choice', choices: core.models.map(({ id }) => id) },
    { name: 'failedOnly', type: 'check' },
  ];
  const input = z
    .object({
      text: z.string().max(mostText),
      from: moment,
      to: moment,
      model: z.string().optional(),
      failedOnly: ticked,
    })
    .refine(({ from, to }) => from < to, { path: ['to'], message: 'after_from' });
  const audience = ({ from, to, model, failedOnly }: z.infer<typeof input>) => ({
    from,
    to,
    model: model ?? null,
    failedOnly,
  });
  return defineWideDeed({
    core,
    name: 'broadcast',
    icon: 'Radio',
    subject: 'everybody',
    fields,
    input,
    weigh: async (given) => ({ members: await core.broadcasts.count(audience(given)) }),
    look: async (given) => ({ members: await core.broadcasts.count(audience(given)), text: given.text }),
    work: (given) => core.broadcasts.send(given.text, audience(given)),
  });
}

function cancelDeed(core: AdminCore) {
  const { broadcast } = core.database.prisma;
  return defineDeed({
    core,
    name: 'stopBroadcast',
    icon: 'Slash',
    danger: true,
    isVisible: (record) => record.param('state') === 'sending',
    accountOf: () => null,
    look: async (record) =>
      snapshot(await broadcast.findUnique({ where: { id: String(record.id()) } }), ['state', 'done', 'total']),
    work: (record) => core.broadcasts.cancel(String(record.id())),
  });
}
