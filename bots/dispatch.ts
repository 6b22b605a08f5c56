import {
  type Account,
  AppError,
  type Core,
  describeReceipt,
  type ErrorCode,
  excerpt,
  nearest,
  type Values,
} from '../core/index.ts';
import { createButtonCodec } from './buttons.ts';
import type { Action, Button, Command, Context, Dispatch, Inbound, Reply, ShownButton } from './chat.ts';
import { readInput } from './read-input.ts';

/** Commands that only tell. */
const telling = ['help', 'start', 'account', 'quota'];

/**
 * The one way through chat: who asks, what do they want, is it well formed, do it. Everything that
 * goes wrong ends here as a private reply: refusals in their own words, faults with a number that
 * the log knows too.
 */
export function createDispatch({
  core,
  commands,
  actions,
}: {
  core: Core;
  commands: readonly Command[];
  actions: readonly Action[];
}): Dispatch {
  const buttons = createButtonCodec({ key: core.secrets.derive('buttons') });

  async function run(inbound: Inbound): Promise<Reply> {
    const locale = core.words.pick(inbound.locale);
    try {
      await checkPause(inbound);
      const account = await core.accounts.find(inbound.platform, inbound.userId);
      const context = createContext(inbound, locale, account);
      if (inbound.action.type === 'command')
        return await runCommand(context, inbound.action.name, inbound.action.input);
      const { action, id } = buttons.decode(inbound.action.data);
      const found = actions.find(({ name }) => name === action);
      if (!found) throw new AppError('button_invalid');
      return await found.run(context, id);
    } catch (error) {
      return refuse(error, inbound, locale);
    }
  }

  /** An operator may have stopped this platform; what only tells goes on. */
  async function checkPause({ platform, action }: Inbound): Promise<void> {
    if (action.type === 'command' && telling.includes(action.name)) return;
    await core.pauses.check(`surface:${platform}`);
  }

  async function runCommand(context: Context, name: string, input: Readonly<Record<string, unknown>>): Promise<Reply> {
    const command = commands.find((each) => each.name === name.toLowerCase());
    if (!command) throw unknownCommand(context, name);
    return command.run(context, readInput(command, input, core, context.locale) as never);
  }

  function unknownCommand(context: Context, name: string): AppError {
    const near = nearest(
      name,
      commands.map((command) => command.name),
    ).map((each) => `/${each}`);
    const hint = near.length
      ? ` ${core.words.plain(context.locale, 'chat.did_you_mean', { near: near.join(', ') })}`
      : '';
    return new AppError('unknown_command', { name: excerpt(name, 32), near: hint });
  }

  function createContext(inbound: Omit<Inbound, 'action'>, locale: string, account: Account | null): Context {
    const { platform, userId, displayName, requestId, replyTo } = inbound;
    const say: Context['say'] = (key, values) => core.words.html(locale, key, values);
    return { core, platform, userId, displayName, account, locale, requestId, replyTo, say };
  }

  function refuse(error: unknown, inbound: Inbound, locale: string): Reply {
    const name = inbound.action.type === 'command' ? inbound.action.name : 'button';
    if (error instanceof AppError && error.code !== 'internal') {
      core.log.info(
        { platform: inbound.platform, command: known(name), reason: error.code, limit: error.receipt?.limit },
        'refused',
      );
      if (error.status >= 500)
        core.log.warn({ reason: error.code, err: describeCause(error) }, 'a part of the service is away');
      // A button under someone else's picture; its id would say nothing to the one who pressed it.
      const strange = inbound.action.type === 'button' && error.code === 'not_found';
      const html = strange ? core.words.html(locale, 'chat.not_yours') : describeError(core, locale, error);
      return { html, private: true, mode: 'message' };
    }
    core.log.error(
      { err: error, platform: inbound.platform, command: known(name), request: inbound.requestId },
      'a command failed',
    );
    return { html: core.words.html(locale, 'errors.internal', { request: inbound.requestId }), private: true };
  }

  // What people typed as a command's name may be anything, a prompt or a code too.
  const known = (name: string) =>
    name === 'button' || commands.some((command) => command.name === name) ? name : 'unknown';

  async function suggest(inbound: Omit<Inbound, 'action'>, commandName: string, optionName: string, typed: string) {
    const command = commands.find((each) => each.name === commandName);
    const option = command?.options.find((each) => each.name === optionName);
    if (!option || option.type === 'integer') return [];
    try {
      const account = await core.accounts.find(inbound.platform, inbound.userId);
      const context = createContext(inbound, core.words.pick(inbound.locale), account);
      if (option.type === 'text') return (await option.suggest?.(context, typed))?.slice(0, 25) ?? [];
      const choices = option.choices(core).filter((choice) => choice.startsWith(typed.toLowerCase()));
      return choices.slice(0, 25).map((value) => ({ value, label: value }));
    } catch (error) {
      core.log.warn({ err: error, command: commandName, option: optionName }, 'no suggestions');
      return [];
    }
  }

  function button<B extends Button>(locale: string, given: B): ShownButton<B> {
    const say = (name: string, values?: Values) => core.words.plain(locale, `buttons.${name}`, values);
    const shown: ShownButton =
      'href' in given
        ? { label: say(given.label), href: given.href }
        : { label: say(given.action, given.values), data: buttons.encode(given.action, given.id) };
    return shown as ShownButton<B>;
  }

  return { run, suggest, button, commands };
}

/** A refusal in its own words, or in those of its receipt. */
function describeError({ words }: Pick<Core, 'words'>, locale: string, error: AppError): string {
  if (error.receipt) return describeReceipt(words, locale, error.receipt, { now: new Date() });
  const key: ErrorCode = error.code;
  return words.html(locale, `errors.${key}`, error.values);
}

const describeCause = ({ cause }: AppError) => (cause instanceof Error ? cause.message : undefined);
