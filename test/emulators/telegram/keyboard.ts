import { badRequest } from './errors.ts';
import { asObject, type Parameters, stringField } from './parameters.ts';

/** A button of an inline keyboard. */
export interface InlineButton {
  text: string;
  callback_data?: string;
  url?: string;
  [other: string]: unknown;
}

/** A reply markup: an inline keyboard, or one of the kinds that belong to the input field. */
export type ReplyMarkup = { inline_keyboard: InlineButton[][] } | { other: Record<string, unknown> };

const CALLBACK_DATA_BYTES = 64;
const BUTTONS = 100;
const BUTTONS_IN_A_ROW = 8;
const MARKUP_BYTES = 10_240;
const OTHER_TYPES = [
  'callback_game',
  'pay',
  'switch_inline_query',
  'switch_inline_query_chosen_chat',
  'switch_inline_query_current_chat',
  'login_url',
  'web_app',
  'copy_text',
];
const BUTTON = "Can't parse inline keyboard button: ";

/** Reads `reply_markup`; undefined when there is none, and an inline keyboard without buttons counts as none. */
export function readMarkup(parameters: Parameters): ReplyMarkup | undefined {
  const value = parameters.json('reply_markup', "Can't parse reply keyboard markup JSON object");
  if (value === undefined) return undefined;
  const markup = asObject(value, 'Object expected as reply markup');
  const rows = markup.inline_keyboard;
  if (rows === undefined) {
    const isKnown = ['keyboard', 'remove_keyboard', 'force_reply'].some((kind) => kind in markup);
    return isKnown ? { other: markup } : undefined;
  }
  if (!Array.isArray(rows)) throw badRequest('Field "inline_keyboard" must be of type Array');
  const keyboard = rows.map(readRow).filter((row) => row.length > 0);
  checkSize(keyboard);
  return keyboard.length > 0 ? { inline_keyboard: keyboard } : undefined;
}

/** For edits, which take inline keyboards only. */
export function readInlineKeyboard(parameters: Parameters): InlineButton[][] {
  const markup = readMarkup(parameters);
  if (!markup) return [];
  if ('other' in markup) throw badRequest('Inline keyboard expected');
  return markup.inline_keyboard;
}

function readRow(row: unknown): InlineButton[] {
  if (!Array.isArray(row)) {
    throw badRequest('Field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays');
  }
  return row.map(readButton);
}

function readButton(value: unknown): InlineButton {
  const button = asObject(value, `${BUTTON}InlineKeyboardButton must be an Object`);
  const text = stringField(button, 'text', BUTTON, true);
  const url = stringField(button, 'url', BUTTON);
  const data = stringField(button, 'callback_data', BUTTON);
  const style = stringField(button, 'style', BUTTON);
  if (!['', 'default', 'primary', 'danger', 'success'].includes(style)) {
    throw badRequest(`${BUTTON}invalid button style specified`);
  }
  if (url === '' && data === '' && !OTHER_TYPES.some((type) => type in button)) {
    throw badRequest(`${BUTTON}Text buttons are unallowed in the inline keyboard`);
  }
  if (text === '') throw badRequest('Inline keyboard button text must be non-empty');
  if (url !== '') checkAddress(url);
  else if (Buffer.byteLength(data) > CALLBACK_DATA_BYTES) throw badRequest('BUTTON_DATA_INVALID');
  return { ...button, text };
}

/** The service wants a host with a dot in it, so `localhost` never works. */
function checkAddress(address: string) {
  const url = URL.parse(/^[a-z]+:/i.test(address) ? address : `http://${address}`);
  const isTelegramLink = url?.protocol === 'tg:';
  const isWeb = (url?.protocol === 'http:' || url?.protocol === 'https:') && url.hostname.includes('.');
  if (!isTelegramLink && !isWeb) {
    throw badRequest(`Inline keyboard button URL '${address}' is invalid: Wrong HTTP URL`);
  }
}

/** More than eight buttons in a row are documented nowhere but shown by no client; the emulator refuses them with the general words. */
function checkSize(keyboard: InlineButton[][]) {
  const isTooBig =
    keyboard.flat().length > BUTTONS ||
    keyboard.some((row) => row.length > BUTTONS_IN_A_ROW) ||
    Buffer.byteLength(JSON.stringify(keyboard)) > MARKUP_BYTES;
  if (isTooBig) throw badRequest('reply markup is too long');
}
