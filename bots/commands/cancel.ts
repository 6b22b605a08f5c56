import { AppError, type GenerationWithImages } from '../../core/index.ts';
import { type Action, type Context, defineCommand, type Reply } from '../chat.ts';
import { requireMember, suggestGenerations } from './member.ts';

export const cancel = defineCommand({
  name: 'cancel',
  private: true,
  options: [
    {
      type: 'text',
      name: 'id',
      maxLength: 40,
      suggest: (context, typed) => suggestGenerations(context, typed, { unfinished: true }),
    },
  ],
  async run(context, { id }) {
    return answer(
      context,
      await context.core.generations.cancel(requireMember(context).id, id ?? (await latest(context))),
    );
  },
});

export const cancelAction: Action = {
  name: 'cancel',
  async run(context, id): Promise<Reply> {
    return { ...answer(context, await context.core.generations.cancel(requireMember(context).id, id)), mode: 'notice' };
  },
};

async function latest(context: Context): Promise<string> {
  const unfinished = await context.core.generations.list(requireMember(context).id, { unfinished: true, limit: 50 });
  const last = unfinished.at(-1);
  if (!last) throw new AppError('nothing_running');
  return last.id;
}

function answer({ say }: Context, { ref, state, finishedAt }: GenerationWithImages): Reply {
  // It was done before it could be stopped.
  if (finishedAt && state !== 'cancelled') throw new AppError('already_ended', { ref });
  return { html: say(state === 'cancelled' ? 'chat.cancelled_now' : 'chat.cancel_asked', { ref }), private: true };
}
