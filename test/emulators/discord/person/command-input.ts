import type { Channel, Person, State, Wire } from '../model/state.ts';
import { OptionType } from '../rest/check-options.ts';
import type { Resolved } from './resolve.ts';
import { resolveOption } from './resolve.ts';

/** A file for an attachment option. */
export type OptionFile = { filename: string; bytes: Uint8Array; contentType: string };
export type OptionValue = string | number | boolean | OptionFile | { id: string };
export type CommandOptions = Record<string, OptionValue | undefined>;

const ADMINISTRATOR = 8n;

/** Why Discord's client would not let the person send this; nothing reached the bot. */
export class ClientRefusal extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ClientRefusal';
  }
}

/** A registered command with the path of subcommands that was typed. */
export type ChosenCommand = { command: Wire; path: Wire[]; options: Wire[] };

/** Finds `name` or `name group subcommand` among the registered commands that the person may use in the channel. */
export function chooseCommand(state: State, typed: string, person: Person, channel: Channel): ChosenCommand {
  const [name, ...rest] = typed.split(' ');
  const command = state.commands.find((each) => each.name === name);
  if (!command) throw new ClientRefusal(`No command "/${name}" is registered`);
  checkPlace(command, person, channel);
  const path: Wire[] = [];
  let options = (command.options ?? []) as Wire[];
  for (const part of rest) {
    const found = options.find((each) => each.name === part && isNesting(each));
    if (!found) throw new ClientRefusal(`"/${typed}" has no subcommand "${part}"`);
    path.push(found);
    options = (found.options ?? []) as Wire[];
  }
  if (options.some(isNesting)) throw new ClientRefusal(`"/${typed}" needs a subcommand`);
  return { command, path, options };
}

/** The `data` of a command interaction; throws ClientRefusal for what the client would not send. */
export function buildCommandData(state: State, chosen: ChosenCommand, given: CommandOptions, focused?: string): Wire {
  const resolved: Resolved = {};
  const unknown = Object.keys(given).find((name) => !chosen.options.some((option) => option.name === name));
  if (unknown !== undefined) throw new ClientRefusal(`The command has no option "${unknown}"`);
  let values = chosen.options.flatMap((option) => {
    const value = given[String(option.name)];
    const isFocused = option.name === focused;
    if (value === undefined) {
      if (option.required === true && focused === undefined)
        throw new ClientRefusal(`Option "${option.name}" is required`);
      return [];
    }
    const sent = isFocused ? value : checkValue(option, value);
    return [
      {
        name: option.name,
        type: option.type,
        value: resolveOption(state, resolved, option, sent),
        ...(isFocused && { focused: true }),
      },
    ];
  }) as Wire[];
  for (const step of chosen.path.toReversed()) values = [{ name: step.name, type: step.type, options: values }];
  return {
    id: chosen.command.id,
    name: chosen.command.name,
    type: 1,
    options: values,
    ...(Object.keys(resolved).length > 0 && { resolved }),
  };
}

function checkPlace(command: Wire, person: Person, channel: Channel): void {
  const inGuild = channel.guildId !== null;
  const contexts = command.contexts as number[] | null;
  const allowed = contexts ? contexts.includes(inGuild ? 0 : 1) : inGuild || command.dm_permission !== false;
  if (!allowed)
    throw new ClientRefusal(`"/${command.name}" is not offered ${inGuild ? 'in a server' : 'in direct messages'}`);
  if (command.nsfw === true && inGuild && !channel.ageRestricted) {
    throw new ClientRefusal(`"/${command.name}" is offered in age-restricted channels only`);
  }
  const needed = command.default_member_permissions;
  if (!inGuild || typeof needed !== 'string' || (person.permissions & ADMINISTRATOR) !== 0n) return;
  const bits = BigInt(needed);
  // Zero means nobody but administrators.
  if (bits === 0n || (person.permissions & bits) !== bits) {
    throw new ClientRefusal(`"/${command.name}" is not offered without the permissions ${needed}`);
  }
}

function isNesting(option: Wire): boolean {
  return option.type === OptionType.subcommand || option.type === OptionType.group;
}

function checkValue(option: Wire, value: OptionValue): OptionValue {
  const refuse = (why: string) => new ClientRefusal(`Option "${option.name}" ${why}`);
  if (option.type === OptionType.string) checkString(option, value, refuse);
  else if (option.type === OptionType.integer || option.type === OptionType.number) checkNumber(option, value, refuse);
  else if (option.type === OptionType.boolean) {
    if (typeof value !== 'boolean') throw refuse('takes true or false');
  } else if (option.type === OptionType.attachment) {
    if (typeof value !== 'object' || !('bytes' in value)) throw refuse('takes a file');
  } else if (typeof value !== 'object' || !('id' in value)) throw refuse('takes somebody or something with an id');
  const choices = option.choices as Wire[] | undefined;
  if (choices && choices.length > 0 && !choices.some((choice) => choice.value === value)) {
    throw refuse(`takes one of ${choices.map((choice) => JSON.stringify(choice.value)).join(', ')}`);
  }
  return value;
}

function checkString(option: Wire, value: OptionValue, refuse: (why: string) => Error): void {
  if (typeof value !== 'string') throw refuse('takes a text');
  const least = (option.min_length as number | undefined) ?? 1;
  const most = (option.max_length as number | undefined) ?? 6_000;
  if (value.length < least) throw refuse(`takes at least ${least} characters`);
  if (value.length > most) throw refuse(`takes at most ${most} characters`);
}

function checkNumber(option: Wire, value: OptionValue, refuse: (why: string) => Error): void {
  if (typeof value !== 'number') throw refuse('takes a number');
  if (option.type === OptionType.integer && !Number.isSafeInteger(value)) throw refuse('takes a whole number');
  const { min_value: low, max_value: high } = option as { min_value?: number; max_value?: number };
  if (low !== undefined && value < low) throw refuse(`takes at least ${low}`);
  if (high !== undefined && value > high) throw refuse(`takes at most ${high}`);
}
