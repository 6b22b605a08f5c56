import { type Accepted, aspectRatios, promptLimit } from '../../core/index.ts';
import { type Action, type Context, defineCommand, type Reply } from '../chat.ts';
import { progressReply } from '../results.ts';
import { requireMember } from './member.ts';

export const imagine = defineCommand({
  name: 'imagine',
  private: false,
  options: [
    { type: 'text', name: 'prompt', required: true, maxLength: promptLimit },
    { type: 'choice', name: 'style', choices: (core) => core.styles },
    { type: 'choice', name: 'aspect', choices: () => aspectRatios },
    { type: 'choice', name: 'model', choices: (core) => core.models.map(({ id }) => id) },
    { type: 'integer', name: 'count', min: 1, max: 4 },
    { type: 'integer', name: 'seed', min: 0, max: 2 ** 31 - 1 },
    { type: 'text', name: 'negative', maxLength: promptLimit },
  ],
  async run(context, { prompt, style, aspect, model, count, seed, negative }) {
    const { core, platform, requestId, locale, replyTo } = context;
    const input = { prompt, style, aspectRatio: aspect, model, count, seed, negativePrompt: negative };
    return follow(
      context,
      await core.generations.request({
        account: requireMember(context),
        source: platform,
        requestId,
        input,
        locale,
        replyTo,
      }),
    );
  },
});

export const againAction: Action = {
  name: 'again',
  async run(context, id) {
    const { core, platform, requestId, locale, replyTo } = context;
    return follow(
      context,
      await core.generations.again(requireMember(context), id, { source: platform, requestId, locale, replyTo }),
    );
  },
};

/**
 * The message in which progress and result will appear. What was accepted is under way whatever
 * happens now, so a fault in telling how it stands must not look like a refusal.
 */
async function follow(context: Context, { id, ref }: Accepted): Promise<Reply> {
  const { core, locale, say } = context;
  try {
    const generation = await core.generations.get(requireMember(context).id, id);
    return { ...(await progressReply(core, locale, generation)), follow: id };
  } catch (error) {
    core.log.warn({ err: error, generation: id }, 'an accepted generation could not be shown');
    return { html: say('chat.accepted', { ref }), private: false, follow: id };
  }
}
