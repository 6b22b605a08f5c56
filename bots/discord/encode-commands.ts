import {
  type APIApplicationCommandBasicOption,
  type APIApplicationCommandOptionChoice,
  ApplicationCommandOptionType,
  ApplicationCommandType,
  ApplicationIntegrationType,
  InteractionContextType,
  Locale,
  type LocalizationMap,
  type RESTPostAPIChatInputApplicationCommandsJSONBody,
} from 'discord.js';
import type { Core } from '../../core/index.ts';
import type { Command, Option } from '../chat.ts';

/** Discord's locales, `es-ES`, `es-419`, `de`… */
const discordLocales = Object.values(Locale);

/** Commands as Discord wants them registered: for servers and for the private chat with the bot. */
export function encodeCommands(
  commands: readonly Command[],
  core: Core,
): RESTPostAPIChatInputApplicationCommandsJSONBody[] {
  return commands.map((command) => ({
    type: ApplicationCommandType.ChatInput,
    name: command.name,
    ...describe(core, `commands.${command.name}.description`),
    integration_types: [ApplicationIntegrationType.GuildInstall],
    contexts: [InteractionContextType.Guild, InteractionContextType.BotDM],
    options: requiredFirst(command.options).map((option) => encodeOption(command.name, option, core)),
  }));
}

function encodeOption(command: string, option: Option, core: Core): APIApplicationCommandBasicOption {
  const common = {
    name: option.name,
    ...describe(core, `commands.${command}.options.${option.name}`),
    required: option.required ?? false,
  };
  if (option.type === 'integer') {
    return { ...common, type: ApplicationCommandOptionType.Integer, min_value: option.min, max_value: option.max };
  }
  if (option.type === 'choice') {
    const choices = option.choices(core).map((value) => encodeChoice(option.label, value, core));
    return { ...common, type: ApplicationCommandOptionType.String, choices };
  }
  const text = { ...common, type: ApplicationCommandOptionType.String, max_length: option.maxLength } as const;
  return option.suggest ? { ...text, autocomplete: true } : text;
}

function encodeChoice(label: string | undefined, value: string, core: Core): APIApplicationCommandOptionChoice<string> {
  if (!label) return { name: value, value };
  const key = `choices.${label}.${value}`;
  return { name: core.words.plain('en', key), name_localizations: localize(core, key), value };
}

function describe(core: Core, key: string) {
  return { description: core.words.plain('en', key), description_localizations: localize(core, key) };
}

/** Words of every language but English, under each of Discord's names for it. */
function localize(core: Core, key: string): LocalizationMap {
  const others = core.words.locales.filter((locale) => locale !== 'en');
  const named = others.flatMap((locale) =>
    discordLocales
      .filter((name) => name === locale || name.startsWith(`${locale}-`))
      .map((name) => [name, core.words.plain(locale, key)] as const),
  );
  return Object.fromEntries(named);
}

function requiredFirst(options: readonly Option[]): readonly Option[] {
  return options.toSorted((left, right) => Number(right.required ?? false) - Number(left.required ?? false));
}
