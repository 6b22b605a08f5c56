import { platformNames } from '../../core/index.ts';
import { defineCommand } from '../chat.ts';
import { requireMember } from './member.ts';

export const account = defineCommand({
  name: 'account',
  private: true,
  options: [],
  async run(context) {
    const member = requireMember(context);
    const { core, say } = context;
    const identities = await core.accounts.identities(member.id);
    const lines = identities.map(({ platform, displayName, createdAt }) =>
      say('chat.account_line', {
        platform: platformNames[platform],
        name: displayName ? ` (${displayName})` : '',
        since: createdAt,
      }),
    );
    const { name: plan, perDay, concurrent } = member.plan;
    return {
      html: `${say('chat.account', { email: member.email, plan, perDay, concurrent })}\n${lines.join('\n')}`,
      private: true,
    };
  },
});
