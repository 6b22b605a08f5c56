import { defineCommand } from '../chat.ts';

export const link = defineCommand({
  name: 'link',
  private: true,
  options: [{ type: 'text', name: 'email', required: true, maxLength: 254 }],
  async run({ core, platform, userId, displayName, locale, say }, { email }) {
    const sent = await core.accounts.requestLink({ platform, userId, displayName, locale }, email);
    return { html: say('chat.link_sent', sent), private: true };
  },
});
