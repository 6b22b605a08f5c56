import { escapeHtml } from '../../core/index.ts';
import type { Command, Dispatch, Reply } from '../chat.ts';
import { mainOption, type TypedCommand } from '../parse-command.ts';
import type { TelegramCore } from './core-parts.ts';
import { cutText } from './markup.ts';
import type { Keyboard, KeyboardButton } from './messages.ts';
import type { Question } from './replies.ts';

/** An answer with buttons that type a command. */
export type Offer = { reply: Reply; keyboard?: Keyboard };

const mostChoices = 8;
/** What Telegram lets a button carry. */
const dataBytes = 64;

/** What Discord completes while typing, Telegram can only offer afterwards. */
export function createChoices({ words, dispatch }: { words: TelegramCore['words']; dispatch: Dispatch }) {
  /** What could stand where an option is missing; null when the command can run, or dispatch knows better what to say. */
  async function offer(question: Question, typed: TypedCommand): Promise<Offer | null> {
    const command = dispatch.commands.find(({ name }) => name === typed.name);
    if (!command) return null;
    const main = mainOption(command.options);
    const isMissing = main?.required && typed.input[main.name] === undefined;
    const option = isMissing ? main : command.options.find(({ name }) => name === typed.withoutValue);
    if (!option || option.type === 'integer' || (option.type === 'text' && !option.suggest)) return null;
    const found = await dispatch.suggest(question, command.name, option.name, '');
    const suggestions = found.slice(0, mostChoices);
    if (!suggestions.length) return null;
    const say = (key: string) => words.html(question.locale, key, { command: command.name, option: option.name });
    if (isMissing) {
      const keyboard = suggestions
        .flatMap(({ value, label }) => runButton(command, value, label) ?? [])
        .map((button) => [button]);
      return { reply: { html: say('surfaces.telegram.choose'), private: command.private }, keyboard };
    }
    const lines = suggestions.map(
      ({ value }) => `<code>--${option.name} ${escapeHtml(/\s/.test(value) ? `"${value}"` : value)}</code>`,
    );
    return { reply: { html: [say('surfaces.telegram.choose_option'), ...lines].join('\n'), private: command.private } };
  }

  /** A text without a command: how to have it drawn. Nothing is spent on what may have been small talk. */
  function offerPrompt(question: Question, text: string): Offer | null {
    const imagine = dispatch.commands.find(({ name }) => name === 'imagine');
    if (!imagine) return null;
    const html = words.html(question.locale, 'surfaces.telegram.prompt_hint', { prompt: text });
    const button = runButton(imagine, text, words.plain(question.locale, 'surfaces.telegram.prompt_button'));
    return { reply: { html, private: true }, keyboard: button ? [[button]] : undefined };
  }

  /** What a press of such a button types; null for other buttons. It carries no right: it runs as if typed by whoever presses. */
  function readPress(data: string): { name: string; input: Record<string, unknown> } | null {
    const [, name, value] = /^run:([a-z0-9_]{1,32}):([\s\S]+)$/.exec(data) ?? [];
    const main = mainOption(dispatch.commands.find((command) => command.name === name)?.options ?? []);
    return name && main ? { name, input: { [main.name]: value } } : null;
  }

  return { offer, offerPrompt, readPress };
}

function runButton(command: Command, value: string, label: string): KeyboardButton | null {
  const data = `run:${command.name}:${value}`;
  return value && Buffer.byteLength(data) <= dataBytes
    ? { text: cutText(label, dataBytes), callback_data: data }
    : null;
}
