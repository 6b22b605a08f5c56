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
    return isGone(generation) ? gone(context, generation) : resultReply(core, locale, generation);
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
const gone = ({ say }: Context, { ref }: GenerationWithImages): Reply => ({
  html: say('chat.gone', { ref }),
  private: true,
});
