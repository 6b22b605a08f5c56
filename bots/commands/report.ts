import { AppError } from '../../core/index.ts';
import { defineCommand } from '../chat.ts';
import { requireMember, suggestGenerations } from './member.ts';

/** Puts anybody's picture before the operators; one's own that they have hidden, once more. */
export const report = defineCommand({
  name: 'report',
  private: true,
  options: [
    {
      type: 'text',
      name: 'id',
      required: true,
      maxLength: 340,
      suggest: (context, typed) => suggestGenerations(context, typed, { unfinished: false }),
    },
    { type: 'text', name: 'reason', maxLength: 300 },
  ],
  async run(context, { id, reason }) {
    const { core, say } = context;
    const account = requireMember(context);
    // Where a command is one line, the reason stands behind the name.
    const [name = '', ...more] = id.trim().split(/\s+/);
    if (!name) throw new AppError('not_found', { what: '' });
    const { ref, kind } = await core.moderation.report({
      accountId: account.id,
      name,
      reason: [more.join(' '), reason ?? ''].filter(Boolean).join(' '),
    });
    return { html: say(`chat.${kind}`, { ref }), private: true };
  },
});
