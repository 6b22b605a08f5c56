import { defineCommand } from '../chat.ts';
import { describeStanding, shorten } from '../results.ts';
import { requireMember } from './member.ts';

export const queue = defineCommand({
  name: 'queue',
  private: true,
  options: [],
  async run(context) {
    const member = requireMember(context);
    const { core, say } = context;
    const generations = await core.generations.list(member.id, { unfinished: true, limit: 20 });
    if (!generations.length) return { html: say('chat.queue_empty'), private: true };
    const lines = await Promise.all(
      generations.map(
        async (generation) =>
          // The status is words already.
          `${say('chat.queue_line', { ref: generation.ref, prompt: shorten(generation.prompt, 80) })} ${describeStanding(say, generation, await core.generations.standing(generation))}`,
      ),
    );
    return { html: `${say('chat.queue_title')}\n${lines.join('\n')}`, private: true };
  },
});
