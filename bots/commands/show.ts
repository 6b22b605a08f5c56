import { AppError, type GenerationWithImages } from '../../core/index.ts';
import { type Action, type Context, defineCommand, type Reply } from '../chat.ts';
import { progressReply, resultReply } from '../results.ts';
import { requireMember, suggestGenerations } from './member.ts';

export const show = defineCommand({
  name: 'show',
  private: false,
  options: [
    {
      type: 'text',
      name: 'id',
      maxLength: 40,
      suggest: (context, typed) => suggestGenerations(context, typed, { unfinished: false }),
    },
  ],
  async run(context, { id }) {
    const member = requireMember(context);
    const { core, locale, say } = context;
    const generation = id
      ? await core.generations.get(member.id, id)
      : (await core.generations.list(member.id, { limit: 1 }))[0];
    if (!generation) return { html: say('chat.nothing_yet'), private: true };
    if (!generation.finishedAt) return { ...(await progressReply(core, locale, generation)), private: true };
    if (isGone(generation)) return gone(context, generation);
    const reply = await resultReply(core, locale, generation);
    const [reason] = await core.images.hiddenReasons(member.id, generation.id);
    return reason === undefined ? reply : { ...reply, html: `${reply.html}\n${say('chat.some_hidden', { reason })}` };
  },
});

export const deleteAction: Action = {
  name: 'delete',
  async run(context, id): Promise<Reply> {
    const { core, say } = context;
    const generation = await core.generations.get(requireMember(context).id, id);
    if (!generation.finishedAt) throw new AppError('button_invalid');
    await core.images.deleteOf(generation.id, generation.accountId);
    return { html: say('chat.deleted', { ref: generation.ref }), private: false, mode: 'replace' };
  },
};

const isGone = (generation: GenerationWithImages) => generation.state === 'succeeded' && !generation.images.length;

async function gone({ core, say }: Context, { id, accountId, ref }: GenerationWithImages): Promise<Reply> {
  const [reason] = await core.images.hiddenReasons(accountId, id);
  const html = reason === undefined ? say('chat.gone', { ref }) : say('chat.hidden', { ref, reason });
  return { html, private: true };
}
