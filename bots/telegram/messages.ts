import { escapeHtml } from '../../core/index.ts';
import type { Dispatch, Reply, ReplyImage } from '../chat.ts';
import { plainText } from '../html.ts';
import { unfoldLinks } from '../links.ts';
import type { Address } from './address.ts';
import type { Api, Patience } from './api.ts';
import { readFault } from './faults.ts';
import { captionLimit, cutText, textLimit, toTelegramHtml } from './markup.ts';

/** A button as Telegram takes it. */
export type KeyboardButton = { text: string; callback_data: string } | { text: string; url: string };
export type Keyboard = KeyboardButton[][];

export type Messages = ReturnType<typeof createMessages>;

/** Telegram shows a picture as a photo up to 10 MB, 10,000 pixels of width and height together, and 20 to 1. */
const photoLimits = { bytes: 10_000_000, sides: 10_000, ratio: 20 };
const longestLabel = 64;

/** Writes replies as Telegram's messages. A photo has no alt field there, so its caption says what it shows. */
export function createMessages({ api, dispatch }: { api: Api; dispatch: Pick<Dispatch, 'button'> }) {
  /** Posts a reply, with its first image if it has any. Gives the message's id. */
  async function post(
    address: Address,
    reply: Reply,
    locale: string,
    patience: Patience,
    keyboard?: Keyboard,
  ): Promise<number> {
    const { html, buttons, images } = unfoldLinks(reply, locale, { dispatch, fits: isWebAddress });
    const place = { ...placeOf(address), ...markupOf(keyboard ?? keyboardOf(buttons, locale)) };
    const [image] = images ?? [];
    if (!image) {
      const sent = await api.send<{ message_id: number }>('sendMessage', { ...place, ...textOf(html) }, patience);
      return sent.message_id;
    }
    const sent = await asPhotoOrFile([image], (kind, [file]) => {
      const method = kind === 'photo' ? 'sendPhoto' : 'sendDocument';
      const payload = { ...forUpload(place), [kind]: file, caption: captionOf(html, image), parse_mode: 'HTML' };
      return api.send<{ message_id: number }>(method, payload, patience);
    });
    return sent.message_id;
  }

  /** Posts further images, as an album when there are several. */
  async function postRest(
    address: Address,
    images: readonly ReplyImage[],
    locale: string,
    patience: Patience,
  ): Promise<void> {
    if (images.length === 1) {
      await post(address, { html: '', private: false, images }, locale, patience);
    } else if (images.length) {
      await asPhotoOrFile(images, (kind, files) => {
        const media = files.map((file, index) => ({
          ...mediaOf(kind, file),
          caption: captionOf('', images[index] as ReplyImage),
        }));
        return api.send('sendMediaGroup', { ...forUpload(placeOf(address)), media }, patience, media.length);
      });
    }
  }

  /** Makes a message say something else; also turns a text into a picture. What it says already is fine. */
  async function edit(
    place: { chatId: number; messageId: number },
    reply: Reply,
    locale: string,
    patience: Patience,
  ): Promise<void> {
    const { html, buttons, images } = unfoldLinks(reply, locale, { dispatch, fits: isWebAddress });
    const target = { chat_id: place.chatId, message_id: place.messageId, ...markupOf(keyboardOf(buttons, locale)) };
    const [image] = images ?? [];
    const change = image
      ? asPhotoOrFile([image], (kind, [file]) => {
          const media = { ...mediaOf(kind, file as Upload), caption: captionOf(html, image) };
          return api.send('editMessageMedia', { ...target, media }, patience);
        })
      : api.send('editMessageText', { ...target, ...textOf(html) }, patience);
    await change.catch((error: unknown) => {
      if (readFault(error).kind !== 'unchanged') throw error;
    });
  }

  function keyboardOf(buttons: Reply['buttons'], locale: string): Keyboard {
    return (buttons ?? []).map((row) =>
      row.map((button) => {
        const shown = dispatch.button(locale, button);
        const text = cutText(shown.label, longestLabel);
        return 'href' in shown ? { text, url: shown.href } : { text, callback_data: shown.data };
      }),
    );
  }

  return { post, postRest, edit };
}

/** Telegram wants a host with a dot in it. */
function isWebAddress(href: string): boolean {
  return /^https?:/.test(href) && (URL.parse(href)?.hostname.includes('.') ?? false);
}

type Upload = { source: Buffer; filename: string };
type Kind = 'photo' | 'document';

/** Tries photos if they are within the limits, else and when Telegram will not have them, files. */
async function asPhotoOrFile<T>(
  images: readonly ReplyImage[],
  send: (kind: Kind, files: Upload[]) => Promise<T>,
): Promise<T> {
  const files = await Promise.all(
    images.map(async (image) => ({ source: Buffer.from(await image.bytes()), filename: image.fileName })),
  );
  const fit = images.every((image, index) => fitsPhoto(image, (files[index] as Upload).source.length));
  if (!fit) return send('document', files);
  return send('photo', files).catch((error: unknown) => {
    if (readFault(error).kind !== 'no_photo') throw error;
    return send('document', files);
  });
}

function fitsPhoto({ width, height }: ReplyImage, bytes: number): boolean {
  const ratio = Math.max(width, height) / Math.max(1, Math.min(width, height));
  return bytes <= photoLimits.bytes && width + height <= photoLimits.sides && ratio <= photoLimits.ratio;
}

function mediaOf(type: Kind, media: Upload) {
  return { type, media, parse_mode: 'HTML' };
}

function textOf(html: string) {
  return { text: toTelegramHtml(html, textLimit), parse_mode: 'HTML', link_preview_options: { is_disabled: true } };
}

/** The words, then what the picture shows, unless the words say it. */
function captionOf(html: string, { alt }: ReplyImage): string {
  if (plainText(html).includes(alt)) return toTelegramHtml(html, captionLimit);
  const description = `<i>${escapeHtml(alt)}</i>`;
  return toTelegramHtml(html ? `${html}\n${description}` : description, captionLimit);
}

function placeOf({ chatId, threadId, answers }: Address) {
  return {
    chat_id: chatId,
    ...(threadId ? { message_thread_id: threadId } : {}),
    ...(answers ? { reply_parameters: { message_id: answers, allow_sending_without_reply: true } } : {}),
  };
}

/** Telegraf loses objects it does not know when it writes a form. */
function forUpload<T extends { reply_parameters?: object }>(place: T) {
  return place.reply_parameters ? { ...place, reply_parameters: JSON.stringify(place.reply_parameters) } : place;
}

function markupOf(keyboard: Keyboard) {
  return keyboard.length ? { reply_markup: { inline_keyboard: keyboard } } : {};
}
