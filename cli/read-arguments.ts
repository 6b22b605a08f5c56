import { parseArgs } from 'node:util';
import { nearest } from '../core/nearest.ts';
import { type CliCommand, UsageError } from './command.ts';

export type ReadArguments = {
  /** Null: list what there is. */
  command: CliCommand | null;
  positionals: string[];
  options: Record<string, string>;
};

/** Finds the command and its options. Throws UsageError, which names what was likely meant. */
export function readArguments(typed: readonly string[], commands: readonly CliCommand[]): ReadArguments {
  const optionNames = new Set(commands.flatMap(({ options }) => options));
  const { tokens } = parseArgs({
    args: [...typed],
    // Names are checked below: a command says better than the parser what it takes.
    strict: false,
    tokens: true,
    options: {
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
      ...Object.fromEntries([...optionNames].map((name) => [name, { type: 'string' as const }])),
    },
  });
  const words = tokens.filter((token) => token.kind === 'positional').map(({ value }) => value);
  const given = tokens.filter((token) => token.kind === 'option');
  if (given.some(({ name }) => name === 'help') || words[0] === 'help') {
    return { command: null, positionals: [], options: {} };
  }
  const command = findCommand(words, commands);
  const options: Record<string, string> = {};
  for (const { name, rawName, value } of given) {
    if (name === 'json') continue;
    if (!command.options.includes(name)) throw unknownOption(command, rawName);
    if (value === undefined || value === '')
      throw new UsageError(`${rawName} needs a value. ${describeUsage(command)}`);
    if (name in options) throw new UsageError(`${rawName} is given twice`);
    options[name] = value;
  }
  const positionals = words.slice(command.name.split(' ').length);
  checkPositionals(command, positionals);
  return { command, positionals, options };
}

/** One line: `Usage: npm run -s easel -- plan set SLUG …`. */
export function describeUsage(command: CliCommand): string {
  return `Usage: npm run -s easel -- ${`${command.name} ${command.usage}`.trim()} [--json]`;
}

function findCommand(words: readonly string[], commands: readonly CliCommand[]): CliCommand {
  const found = commands.find(({ name }) => name === words.slice(0, name.split(' ').length).join(' '));
  if (found) return found;
  const names = commands.map(({ name }) => name);
  if (!words.length) throw new UsageError(`Say what to do: ${names.join(', ')}. \`help\` tells more`);
  const near = [...new Set(words.slice(0, 2).map((_, index) => words.slice(0, index + 1).join(' ')))]
    .reverse()
    .flatMap((typed) => nearest(typed, names));
  const meant = near.length ? `Did you mean ${[...new Set(near)].join(' or ')}?` : `There are: ${names.join(', ')}`;
  throw new UsageError(`There is no command "${words.slice(0, 2).join(' ')}". ${meant}`);
}

function unknownOption(command: CliCommand, typed: string): UsageError {
  const known = [...command.options, 'json'];
  const near = nearest(typed.replace(/^-+/, ''), known);
  const names = (near.length ? near : known).map((name) => `--${name}`);
  const meant = near.length ? `Did you mean ${names.join(' or ')}?` : `It takes ${names.join(', ')}`;
  return new UsageError(`"${command.name}" has no option ${typed}. ${meant}`);
}

function checkPositionals(command: CliCommand, positionals: readonly string[]): void {
  const missing = command.positionals[positionals.length];
  if (missing) throw new UsageError(`"${command.name}" needs ${missing}. ${describeUsage(command)}`);
  const extra = positionals[command.positionals.length];
  if (extra) throw new UsageError(`"${command.name}" takes no "${extra}". ${describeUsage(command)}`);
}
