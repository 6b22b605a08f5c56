import type { Action, ActionResponse, BaseRecord } from 'adminjs';
import { z } from 'zod';
import type { Core } from '../../../core/index.ts';
import type { AdminCore } from '../../index.ts';
import { defineDeed, type Field, snapshot } from '../deed.ts';

type Decision = Parameters<Core['moderation']['decide']>[0]['decision'];

const mostReason = 200;
const memberReason: Field = { name: 'memberReason', type: 'text', max: mostReason };
const input = z.object({ memberReason: z.string().max(mostReason).optional() });

/** Hides, keeps or deletes a picture, ends the reports on it, and tells its member. */
export function decideOn(
  core: AdminCore,
  { name, decision, icon, danger = false, isVisible }: Deciding,
): Partial<Action<ActionResponse>> {
  const { image } = core.database.prisma;
  const idOf = (record: BaseRecord) => String(record.id());
  return defineDeed({
    ...{ core, name, icon, danger, input },
    isVisible: (record) => !record.param('deletedAt') && isVisible(record),
    fields: decision === 'keep' ? [] : [memberReason],
    accountOf: (record) => String(record.param('account')),
    look: async (record) =>
      snapshot(await image.findUnique({ where: { id: idOf(record) } }), ['hiddenAt', 'hiddenReason', 'deletedAt']),
    work: (record, { memberReason: reason = '' }, admin) =>
      core.moderation.decide({ imageId: idOf(record), decision, reason, by: String(admin.id) }),
  });
}

type Deciding = {
  name: string;
  decision: Decision;
  icon: string;
  danger?: boolean;
  isVisible(record: BaseRecord): boolean;
};
