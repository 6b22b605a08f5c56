import { AppError, type Core, excerpt, longestCharacter, nearest } from '../core/index.ts';
import type { Command, Option } from './chat.ts';

/**
 * Validates what a surface sent against a command's options. Throws AppError that names the option,
 * and the nearest that would be right.
 */
export function readInput(
  command: Command,
  given: Readonly<Record<string, unknown>>,
  core: Core,
  locale: string,
): Record<string, string | number | undefined> {
  const names = command.options.map(({ name }) => name);
  const stray = Object.keys(given).find((name) => !names.includes(name));
  if (stray !== undefined) throw unknownOption(stray, names, core, locale);
  return Object.fromEntries(
    command.options.map((option) => [option.name, readOption(command, option, given[option.name], core, locale)]),
  );
}

function unknownOption(stray: string, names: readonly string[], core: Core, locale: string): AppError {
  const near = nearest(stray, names);
  const key = near.length ? 'chat.did_you_mean' : names.length ? 'chat.options_are' : 'chat.no_options';
  const shown = (near.length ? near : names).map((name) => `--${name}`).join(', ');
  return new AppError('unknown_option', {
    name: `--${excerpt(stray, 32)}`,
    near: core.words.plain(locale, key, { near: shown }),
  });
}

function readOption(
  command: Command,
  option: Option,
  value: unknown,
  core: Core,
  locale: string,
): string | number | undefined {
  const empty = value === undefined || value === null || (typeof value === 'string' && !value.trim());
  if (empty) {
    if (!option.required) return undefined;
    if (option.name === 'prompt') throw new AppError('prompt_missing');
    throw new AppError('missing_option', {
      command: command.name,
      option: option.name,
      example: core.words.plain(locale, `commands.${command.name}.example`),
    });
  }
  switch (option.type) {
    case 'integer':
      return readInteger(option, value);
    case 'choice':
      return readChoice(option, value, core);
    case 'text':
      return readText(option, value);
  }
}

function readInteger(option: Option & { type: 'integer' }, value: unknown): number {
  const number =
    typeof value === 'number'
      ? value
      : typeof value === 'string' && /^-?\d{1,15}$/.test(value.trim())
        ? Number(value)
        : Number.NaN;
  if (Number.isInteger(number) && number >= option.min && number <= option.max) return number;
  throw new AppError('invalid_input', { field: option.name, allowed: `${option.min}–${option.max}` });
}

function readChoice(option: Option & { type: 'choice' }, value: unknown, core: Core): string {
  const choices = option.choices(core);
  const found = typeof value === 'string' ? choices.find((choice) => choice === value.trim().toLowerCase()) : undefined;
  if (found !== undefined) return found;
  // Anything else than a line of text came from no person.
  const typed = typeof value === 'string' ? excerpt(value, 60) : typeof value;
  const near = nearest(typed, choices);
  throw new AppError('unknown_choice', {
    option: option.name,
    value: typed,
    near: (near.length ? near : choices.slice(0, 12)).join(', '),
  });
}

function readText(option: Option & { type: 'text' }, value: unknown): string {
  if (typeof value !== 'string') throw new AppError('invalid_input', { field: option.name, allowed: 'text' });
  // The command itself counts characters as people see them; this bound only keeps out what cannot fit.
  if (value.length > option.maxLength * longestCharacter)
    throw new AppError(
      option.name === 'prompt' ? 'prompt_too_long' : 'invalid_input',
      option.name === 'prompt'
        ? { max: option.maxLength, length: value.length }
        : { field: option.name, allowed: `≤ ${option.maxLength}` },
    );
  return value;
}
