import type { Command, Option } from './chat.ts';

export type TypedCommand = {
  /** Lower case, without the slash; perhaps no command that exists. */
  name: string;
  /** The bot that was named, as in `/help@easel_bot`, lower case. */
  bot: string | null;
  /** For dispatch to validate: options that were not given are absent, integers are numbers where they look like it. */
  input: Record<string, string | number>;
};

/**
 * Reads a command from a line of chat: `/imagine a red fox --aspect 16:9`. What follows the name is the value of the
 * command's main option (the required text, else the first text); the others are named. A named value is one word
 * or "several in quotes"; a text option that stands after the main text takes all words up to the next option.
 * A dash that a phone's keyboard made of `--` counts too. Null for a text that is no command.
 */
export function parseCommand(text: string, commands: readonly Command[]): TypedCommand | null {
  const match = /^\s*\/([a-z0-9_]{1,32})(?:@([a-z0-9_]+))?(?:\s+([\s\S]*))?$/i.exec(text);
  if (!match) return null;
  const [, name = '', bot, rest = ''] = match;
  const command = commands.find((known) => known.name === name.toLowerCase());
  return {
    name: name.toLowerCase(),
    bot: bot?.toLowerCase() ?? null,
    input: readInput(rest, command?.options ?? []),
  };
}

/** The option that takes the words after the command's name. */
export function mainOption(options: readonly Option[]): Option | null {
  const texts = options.filter((option) => option.type === 'text');
  return texts.find((option) => option.required) ?? texts[0] ?? null;
}

/** Begins an option: two dashes or one long one, a name, then a space, `=` or the end. */
const optionStart = /(?<=^|\s)(?:--|[–—])([a-z][a-z0-9_]*)(?:=|\s+|$)/gi;

function readInput(rest: string, options: readonly Option[]): TypedCommand['input'] {
  const main = mainOption(options);
  const starts = [...maskQuoted(rest).matchAll(optionStart)];
  const input: TypedCommand['input'] = {};
  let mainText = rest.slice(0, starts[0]?.index).trim();
  for (const [place, start] of starts.entries()) {
    const name = (start[1] as string).toLowerCase();
    const option = options.find((known) => known.name === name);
    const words = rest.slice(start.index + start[0].length, starts[place + 1]?.index).trim();
    const { value, left } = takeValue(words, option?.type === 'text' && mainText !== '');
    if (value !== '') input[name] = option?.type === 'integer' && /^-?\d{1,15}$/.test(value) ? Number(value) : value;
    mainText = `${mainText} ${left}`.trim();
  }
  if (main && mainText && input[main.name] === undefined) input[main.name] = mainText;
  return input;
}

/** Only a value in quotes right after an option is quoted; other quotation marks are part of a prompt. */
function maskQuoted(text: string): string {
  return text.replace(
    /((?:^|\s)(?:--|[–—])[a-z][a-z0-9_]*(?:=|\s+))(["“][^"”]*["”])/gi,
    (_, start, value) => start + '"'.repeat(value.length),
  );
}

function takeValue(words: string, all: boolean): { value: string; left: string } {
  const quoted = /^["“]([^"”]*)["”]/.exec(words);
  if (quoted)
    return {
      value: (quoted[1] as string).trim(),
      left: words.slice(quoted[0].length).trim(),
    };
  if (all) return { value: words, left: '' };
  const [word = ''] = words.split(/\s/, 1);
  return { value: word, left: words.slice(word.length).trim() };
}
