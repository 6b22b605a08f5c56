import { badRequest } from '../errors.ts';
import { asObject, type Parameters, stringField } from '../parameters.ts';
import type { World } from '../world.ts';
import type { Method } from './service.ts';

/** One entry of a command menu. */
export interface MenuCommand {
  command: string;
  description: string;
}

const COMMANDS = 100;
const NAME_LENGTH = 32;
const DESCRIPTION_LENGTH = 256;
const WIDE_SCOPES = ['default', 'all_private_chats', 'all_group_chats', 'all_chat_administrators'];
const CHAT_SCOPES = ['chat', 'chat_administrators', 'chat_member'];

/** Menus by scope and language; each pair is a menu of its own, without inheritance. */
export function createCommandMenus() {
  const menus = new Map<string, MenuCommand[]>();
  return {
    get: (scope: Record<string, unknown>, language: string) => menus.get(keyOf(scope, language)) ?? [],
    set: (scope: Record<string, unknown>, language: string, commands: MenuCommand[]) =>
      menus.set(keyOf(scope, language), commands),
  };
}

/** What `createCommandMenus` makes. */
export type CommandMenus = ReturnType<typeof createCommandMenus>;

/** The methods of command menus. */
export function createCommandMethods(menus: CommandMenus, world: World): Record<string, Method> {
  return {
    setMyCommands(parameters) {
      const commands = readCommands(parameters);
      const { scope, language } = readPlace(parameters, world);
      const checked = commands.map(checkCommand);
      if (checked.length > COMMANDS) throw badRequest('BOT_COMMANDS_TOO_MUCH');
      menus.set(scope, language, checked);
      return { result: true };
    },
    getMyCommands(parameters) {
      const { scope, language } = readPlace(parameters, world);
      return { result: menus.get(scope, language) };
    },
    deleteMyCommands(parameters) {
      const { scope, language } = readPlace(parameters, world);
      menus.set(scope, language, []);
      return { result: true };
    },
  };
}

function keyOf(scope: Record<string, unknown>, language: string): string {
  return JSON.stringify([scope.type, String(scope.chat_id ?? ''), String(scope.user_id ?? ''), language]);
}

function readCommands(parameters: Parameters): MenuCommand[] {
  const value = parameters.json('commands', "Can't parse commands JSON object") ?? [];
  if (!Array.isArray(value)) throw badRequest('Expected an Array of BotCommand');
  const context = "Can't parse BotCommand: ";
  return value.map((item) => {
    const object = asObject(item, `${context}expected an Object`);
    return {
      command: stringField(object, 'command', context, true),
      description: stringField(object, 'description', context, true),
    };
  });
}

function checkCommand(given: MenuCommand): MenuCommand {
  const command = given.command.trim().replace(/^\//, '');
  const description = given.description.trim();
  if (command === '') throw badRequest('Command must be non-empty');
  if ([...command].length > NAME_LENGTH) throw badRequest(`Command length must not exceed ${NAME_LENGTH}`);
  if (description === '') throw badRequest('Command description must be non-empty');
  if ([...description].length > DESCRIPTION_LENGTH) {
    throw badRequest(`Command description length must not exceed ${DESCRIPTION_LENGTH}`);
  }
  if (!/^[a-z0-9_]+$/.test(command)) throw badRequest('BOT_COMMAND_INVALID');
  return { command, description };
}

function readPlace(parameters: Parameters, world: World): { scope: Record<string, unknown>; language: string } {
  const value = parameters.json('scope', "Can't parse BotCommandScope JSON object") ?? { type: 'default' };
  const context = "Can't parse BotCommandScope: ";
  const scope = asObject(value, `${context}BotCommandScope must be an Object`);
  const type = stringField(scope, 'type', context, true);
  if (CHAT_SCOPES.includes(type)) {
    const chat = stringField(scope, 'chat_id', context, true);
    if (chat === '') throw badRequest(`${context}Empty chat_id specified`);
    world.findChat(chat, false);
  } else if (!WIDE_SCOPES.includes(type)) {
    throw badRequest(`${context}Unsupported type specified`);
  }
  if (type === 'chat_member' && !(Number(scope.user_id) > 0)) throw badRequest(`${context}Invalid user_id specified`);
  const language = parameters.text('language_code');
  if (!/^([a-z]{2})?$/.test(language)) throw badRequest('Invalid language code specified');
  return { scope, language };
}
