import { AppError, type Core, nearest } from '../core/index.ts';
import type { Command, Option } from './chat.ts';

/**
 * Validates what a surface sent against a command's options. Throws AppError that names the option,
 * and the nearest that would be right.
 */
export function readInput(
  command: Command,
  given: Readonly<Record<string, unknown>>,
  core: Core,
): Record<string, string | number | undefined> {
  const names = command.options.map(({ name }) => name);
  const stray = Object.keys(given).find((name) => !names.includes(name));
  if (stray !== undefined) {
    const near = nearest(stray, names);
    throw new AppError('unknown_option', {
      name: `--${stray.slice(0, 32)}`,
      near: (near.length ? near : names).map((name) => `--${name}`).join(', ') || '—',
    });
  }
  return Object.fromEntries(
    command.options.map((option) => [option.name, readOption(command, option, given[option.name], core)]),
  );
}

function readOption(command: Command, option: Option, value: unknown, core: Core): string | number | undefined {
  const empty = value === undefined || value === null || (typeof value === 'string' && !value.trim());
  if (empty) {
    if (!option.required) return undefined;
    if (option.name === 'prompt') throw new AppError('prompt_missing');
    throw new AppError('missing_option', {
      command: command.name,
      option: option.name,
      example: core.words.plain('en', `commands.${command.name}.example`),
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
  const typed = String(value).slice(0, 60);
  const near = nearest(typed, choices);
  throw new AppError('unknown_choice', {
    option: option.name,
    value: typed,
    near: (near.length ? near : choices.slice(0, 12)).join(', '),
  });
}

function readText(option: Option & { type: 'text' }, value: unknown): string {
  if (typeof value !== 'string') throw new AppError('invalid_input', { field: option.name, allowed: 'text' });
  // The command itself counts characters as people see them; this bound only keeps out what is no text at all.
  if (value.length > option.maxLength * 8)
    throw new AppError(
      option.name === 'prompt' ? 'prompt_too_long' : 'invalid_input',
      option.name === 'prompt'
        ? { max: option.maxLength, length: value.length }
        : { field: option.name, allowed: `≤ ${option.maxLength}` },
    );
  return value;
}
