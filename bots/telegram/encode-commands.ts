import type { Core } from '../../core/index.ts';
import type { Command } from '../chat.ts';

/** What `setMyCommands` takes; the first has no language and serves everyone without a list of their own. */
export type EncodedCommands = {
  language_code?: string;
  commands: { command: string; description: string }[];
};

const maxDescription = 256;

/** The command list of every language. Pure: words in, payloads out. */
export function encodeCommands({
  words,
  commands,
}: {
  words: Core['words'];
  commands: readonly Command[];
}): EncodedCommands[] {
  return words.locales.map((locale, index) => ({
    ...(index === 0 ? {} : { language_code: locale.slice(0, 2) }),
    commands: commands.map(({ name }) => ({
      command: name,
      description: [...words.plain(locale, `commands.${name}.description`)].slice(0, maxDescription).join(''),
    })),
  }));
}
