import { defineCommand } from '../chat.ts';
import { leftToday } from './member.ts';

export const verify = defineCommand({
  name: 'verify',
  private: true,
  options: [{ type: 'text', name: 'code', required: true, maxLength: 20, secret: true }],
  async run({ core, platform, userId, displayName, locale, say }, { code }) {
    const { account, joined } = await core.accounts.verify({ platform, userId, displayName, locale }, code);
    const status = await core.quotas.status(account.id, account.plan);
    const values = { email: account.email, remaining: leftToday(status), max: status.daily.max };
    return { html: say(joined ? 'chat.verified_joined' : 'chat.verified_new', values), private: true };
  },
});
