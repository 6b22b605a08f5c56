import type { Movement } from '../../core/index.ts';
import { type Context, defineCommand, type Reply } from '../chat.ts';
import { requireMember } from './member.ts';

/** How many of the last movements are shown. */
const shownMovements = 5;

export const quota = defineCommand({
  name: 'quota',
  private: true,
  options: [{ type: 'choice', name: 'notify', choices: () => ['on', 'off'] }],
  async run(context, { notify }) {
    return notify ? setNotice(context, notify === 'on') : show(context);
  },
});

async function setNotice(context: Context, wanted: boolean): Promise<Reply> {
  await context.core.accounts.setMonthNotice(requireMember(context).id, wanted);
  return { html: context.say(wanted ? 'chat.notify_on' : 'chat.notify_off'), private: true };
}

async function show(context: Context): Promise<Reply> {
  const { id, plan } = requireMember(context);
  const { core, say } = context;
  const [{ daily, monthly, topUp }, movements] = await Promise.all([
    core.quotas.status(id, plan),
    core.quotas.movements(id, shownMovements),
  ]);
  const lines = [
    say('chat.quota_daily', pick(daily)),
    ...(monthly ? [say('chat.quota_monthly', pick(monthly))] : []),
    ...(topUp.remaining ? [say('chat.quota_extra', { count: topUp.remaining })] : []),
    say('chat.quota_plan', { plan: plan.name, perMinute: plan.perMinute, concurrent: plan.concurrent }),
    ...(movements.length ? ['', say('chat.quota_last'), ...movements.map((each) => describe(say, each))] : []),
  ];
  return { html: lines.join('\n'), private: true };
}

type Used = { used: number; max: number; remaining: number; resets_at: string | null };
const pick = ({ used, max, remaining, resets_at: resets }: Used) => ({
  used,
  max,
  remaining,
  resets: resets ? { distanceTo: new Date(resets) } : null,
});

function describe(say: Context['say'], movement: Movement): string {
  const { at, topUp, ref, pack, note } = movement;
  const count = Math.abs(movement.images);
  const line = say(`chat.movement_${nameOf(movement)}`, {
    count,
    extra: topUp,
    ref,
    pack,
    at: { distanceTo: at },
  });
  return note ? `${line} ${say('chat.movement_note', { note })}` : line;
}

function nameOf({ kind, images, topUp, ref, pack }: Movement): string {
  if (kind === 'reserve') return topUp ? 'used_extra' : 'used';
  if (kind === 'refund') return ref ? 'back' : 'returned';
  if (pack) return images > 0 ? 'bought' : 'unbought';
  return images > 0 ? 'given' : 'taken';
}
