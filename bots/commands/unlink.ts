import { defineCommand } from '../chat.ts';

export const unlink = defineCommand({
  name: 'unlink',
  private: true,
  options: [],
  async run({ core, platform, userId, say }) {
    await core.accounts.unlink(platform, userId);
    return { html: say('chat.unlinked'), private: true };
  },
});
