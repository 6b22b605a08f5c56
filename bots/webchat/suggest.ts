import type { Command, Dispatch, Inbound, Option } from '../chat.ts';
import { mainOption } from '../parse-command.ts';
import type { ChatCore } from './core.ts';

/** A completion: `text` is what the whole box holds once it is taken. */
export type Completion = { text: string; label: string; description: string };

const most = 12;
type Asker = Omit<Inbound, 'action'>;

/** Completes commands, names of options and their values at the end of what was typed so far. */
export function createCompletions({
  core,
  dispatch,
}: {
  core: Pick<ChatCore, 'words'>;
  dispatch: Pick<Dispatch, 'commands' | 'suggest'>;
}) {
  const { words } = core;

  return async function complete(typed: string, asker: Asker): Promise<Completion[]> {
    if (!typed.startsWith('/')) {
      // Words without a slash are a prompt, and a prompt may carry options.
      if (!/\s(--|—)/.test(typed)) return [];
      const prefix = '/imagine ';
      const found = await complete(prefix + typed, asker);
      return found.map((completion) => ({ ...completion, text: completion.text.slice(prefix.length) }));
    }
    const name = /^\/([a-z0-9_]*)$/i.exec(typed)?.[1];
    if (name !== undefined) return commandsNamed(name.toLowerCase(), asker.locale);
    const command = dispatch.commands.find((known) => known.name === /^\/(\S+)/.exec(typed)?.[1]?.toLowerCase());
    return command ? (await optionsOf(command, typed, asker)).slice(0, most) : [];
  };

  function commandsNamed(start: string, locale: string): Completion[] {
    return dispatch.commands
      .filter((command) => command.name.startsWith(start))
      .map(({ name, options }) => ({
        text: `/${name}${options.length ? ' ' : ''}`,
        label: `/${name}`,
        description: describe(`commands.${name}.description`, locale),
      }));
  }

  async function optionsOf(command: Command, typed: string, asker: Asker): Promise<Completion[]> {
    const naming = /^([\s\S]*\s)(?:--|—)([a-z0-9_]*)$/i.exec(typed);
    if (naming) return namesOf(command, naming[1] as string, (naming[2] as string).toLowerCase(), asker.locale);
    const giving = /^([\s\S]*\s(?:--|—)([a-z0-9_]+)[=\s])(\S*)$/i.exec(typed);
    const named = command.options.find((option) => option.name === giving?.[2]?.toLowerCase());
    if (giving && named) return valuesOf(command, named, giving[1] as string, giving[3] as string, asker);
    const main = mainOption(command.options);
    const [, before = '', start = ''] = /^(\/\S+\s+)(.*)$/.exec(typed) ?? [];
    return main && before && !giving ? valuesOf(command, main, before, start, asker) : [];
  }

  function namesOf(command: Command, before: string, start: string, locale: string): Completion[] {
    const main = mainOption(command.options);
    return command.options
      .filter(({ name }) => name !== main?.name && name.startsWith(start) && !before.includes(`--${name} `))
      .map(({ name }) => ({
        text: `${before}--${name} `,
        label: `--${name}`,
        description: describe(`commands.${command.name}.options.${name}`, locale),
      }));
  }

  async function valuesOf(
    command: Command,
    option: Option,
    before: string,
    start: string,
    asker: Asker,
  ): Promise<Completion[]> {
    if (option.type === 'integer') return [];
    const found = await dispatch.suggest(asker, command.name, option.name, start);
    return found
      .filter(({ value }) => value !== start)
      .map(({ value, label }) => ({
        text: `${before}${/\s/.test(value) ? `"${value}"` : value} `,
        label: value,
        description: label === value ? labelOf(option, value, asker.locale) : label,
      }));
  }

  function labelOf(option: Option, value: string, locale: string): string {
    return option.type === 'choice' && option.label ? describe(`choices.${option.label}.${value}`, locale) : '';
  }

  function describe(key: string, locale: string): string {
    return words.has(key) ? words.plain(locale, key) : '';
  }
}
