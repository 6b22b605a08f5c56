import { defineCommand } from '../chat.ts';
import { leftToday } from './member.ts';

export const start = defineCommand({
  name: 'start',
  private: true,
  options: [],
  async run({ core, account, say }) {
    if (!account) return { html: say('chat.start_guest'), private: true };
    const status = await core.quotas.status(account.id, account.plan);
    return {
      html: say('chat.start_member', { email: account.email, remaining: leftToday(status), max: status.daily.max }),
      private: true,
    };
  },
});
