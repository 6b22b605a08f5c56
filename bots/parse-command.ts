import type { Command, Option } from './chat.ts';

export type TypedCommand = {
  /** Lower case, without the slash; perhaps no command that exists. */
  name: string;
  /** The bot that was named, as in `/help@easel_bot`, lower case. */
  bot: string | null;
  /** As `dispatch` takes it, options without a value left out. Unknown ones are in it, for dispatch to refuse by name. */
  input: Record<string, string | number>;
  /** The last option that was named without a value. */
  withoutValue: string | null;
};

/**
 * Reads `/imagine@some_bot a red fox --aspect 16:9`; null for a text that is no command. The option
 * that needs no name (the first required one, else the first text, else the only one) takes everything up to the first
 * named option, and words after a named one that takes a single word; where it is a choice, one word, and the first text
 * takes the others. Options are `--name value`,
 * `--name=value` or `--name "several words"`; behind the main text, a text option without suggestions
 * takes all words up to the next option. A dash that a phone made of `--` counts in front of a known name. `--` alone ends
 * the options, if there are any.
 */
export function parseCommand(text: string, commands: readonly Command[]): TypedCommand | null {
  const match = /^\s*\/([a-z0-9_]{1,32})(?:@(\w+))?(?:\s+([\s\S]*))?$/i.exec(text);
  if (!match) return null;
  const [, written = '', bot, rest = ''] = match;
  const name = written.toLowerCase();
  const options = commands.find((command) => command.name === name)?.options ?? [];
  const values = readValues(options, rest);
  return {
    name,
    bot: bot?.toLowerCase() ?? null,
    input: Object.fromEntries(
      [...values].filter(([, value]) => value).map(([key, value]) => [key, withType(options, key, value)]),
    ),
    withoutValue: [...values].findLast(([, value]) => value === '')?.[0] ?? null,
  };
}

/** The option whose value needs no name. */
export function mainOption(options: readonly Option[]): Option | null {
  const only = options.length === 1 ? options[0] : undefined;
  return options.find((option) => option.required) ?? options.find((option) => option.type === 'text') ?? only ?? null;
}

function readValues(options: readonly Option[], rest: string): Map<string, string> {
  const values = new Map<string, string>();
  const main = mainOption(options);
  const { loose, verbatim, parts } = splitAtOptions(options, rest);
  const words = [loose];
  for (const part of parts) {
    const option = options.find(({ name }) => name === part.name);
    const { value, left } = takeValue(
      part,
      option?.type === 'text' && !option.suggest && words.some((word) => word.trim()),
    );
    values.set(part.name, value);
    words.push(left);
  }
  const text = [...words, verbatim]
    .map((word) => word.trim())
    .filter(Boolean)
    .join(' ');
  if (main && text && !values.has(main.name)) {
    const follower = main.type === 'choice' && options.find(({ name, type }) => type === 'text' && !values.has(name));
    const [first = '', ...others] = follower ? text.split(/\s+/) : [text];
    values.set(main.name, first);
    if (follower && others.length) values.set(follower.name, others.join(' '));
  }
  return values;
}

type Part = { name: string; assigned: boolean; body: string };

const optionOrEnd = /(?<=^|\s)(?:(--|—|–)(\p{L}[\p{L}\p{N}_-]*)(=?)|--(?=\s|$))/gu;

/** Cuts the text before each option; what follows a lone `--` is nobody's option. */
function splitAtOptions(options: readonly Option[], rest: string): { loose: string; verbatim: string; parts: Part[] } {
  const marks: { start: number; bodyAt: number; name: string | null; assigned: boolean }[] = [];
  let quotedUntil = 0;
  for (const match of rest.matchAll(optionOrEnd)) {
    const [whole, dash, name, equals] = match;
    const known = options.some((option) => option.name === name?.toLowerCase());
    if (match.index < quotedUntil || (dash && dash !== '--' && !known)) continue;
    const bodyAt = match.index + whole.length;
    // A dash between words, when there is nothing for it to end.
    if (!name && !marks.length && !/(?<=\s)--\p{L}/u.test(rest.slice(bodyAt))) continue;
    marks.push({ start: match.index, bodyAt, name: name?.toLowerCase() ?? null, assigned: equals === '=' });
    if (!name) break;
    quotedUntil = bodyAt + (quoted.exec(rest.slice(bodyAt))?.[0].length ?? 0);
  }
  const bodyOf = (index: number) => rest.slice(marks[index]?.bodyAt, marks[index + 1]?.start);
  const last = marks.at(-1);
  return {
    loose: rest.slice(0, marks[0]?.start),
    verbatim: last && last.name === null ? rest.slice(last.bodyAt) : '',
    parts: marks.flatMap(({ name, assigned }, index) =>
      name === null ? [] : [{ name, assigned, body: bodyOf(index) }],
    ),
  };
}

/** A value in straight or curly quotes, at the beginning of what follows a name. */
const quoted = /^\s*(?:"([^"]*)"|[“”]([^“”]*)[“”])(?=\s|$)/;

function takeValue({ body, assigned }: Part, all: boolean): { value: string; left: string } {
  const inQuotes = quoted.exec(body);
  if (inQuotes) return { value: inQuotes[1] ?? inQuotes[2] ?? '', left: body.slice(inQuotes[0].length) };
  if (all && !assigned) return { value: body.trim(), left: '' };
  if (assigned && /^\s/.test(body)) return { value: '', left: body };
  const [whole, word = ''] = /^\s*(\S*)/.exec(body) as RegExpExecArray;
  return { value: word, left: body.slice(whole.length) };
}

/** Whole numbers as numbers; what is none is left for dispatch to refuse in its own words. */
function withType(options: readonly Option[], name: string, value: string): string | number {
  const option = options.find((candidate) => candidate.name === name);
  return option?.type === 'integer' && /^[+-]?\d{1,15}$/.test(value) ? Number(value) : value;
}
