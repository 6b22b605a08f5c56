import { defineCommand } from '../chat.ts';

export const start = defineCommand({
  name: 'start',
  private: true,
  options: [],
  async run({ core, account, say }) {
    if (!account) return { html: say('chat.start_guest'), private: true };
    const { daily } = await core.quotas.status(account.id, account.plan);
    return {
      html: say('chat.start_member', { email: account.email, remaining: daily.remaining, max: daily.max }),
      private: true,
    };
  },
});
