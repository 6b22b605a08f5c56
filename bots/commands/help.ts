import { defineCommand } from '../chat.ts';
import { commands } from './index.ts';

export const help = defineCommand({
  name: 'help',
  private: true,
  options: [],
  async run({ say }) {
    const lines = commands.map(({ name }) =>
      say('chat.help_line', { name, description: say(`commands.${name}.description`) }),
    );
    return { html: `${say('chat.help_title')}\n${lines.join('\n')}`, private: true };
  },
});
