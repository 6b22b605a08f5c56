import { escapeHtml } from '../../core/index.ts';
import { type HtmlToken, parseHtml } from '../html.ts';

/** Characters that Telegram takes, in UTF-16 units after its tags are read. */
export const textLimit = 4096;
export const captionLimit = 1024;

/** Keeps Telegram from making a mention, which notifies, of `@name` in what people wrote. */
const wordJoiner = '\u2060';
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/**
 * Writes the tiny HTML of replies as Telegram's. What is longer than `limit` ends in … between two
 * whole characters, with every tag closed.
 */
export function toTelegramHtml(html: string, limit: number): string {
  let room = limit;
  let written = '';
  const open: string[] = [];
  for (const token of parseHtml(html)) {
    if (token.type === 'open') {
      written += writeStart(token);
      open.push(nameOf(token.tag));
    } else if (token.type === 'close') {
      written += `</${nameOf(token.tag)}>`;
      open.pop();
    } else {
      const verbatim = open.includes('code') || open.includes('a');
      const text = verbatim ? token.text : withoutMentions(token.text);
      const fits = cutText(text, room);
      written += escapeHtml(fits);
      room -= fits.length;
      if (fits !== text) break;
    }
  }
  return (
    written +
    open
      .reverse()
      .map((tag) => `</${tag}>`)
      .join('')
  );
}

type Start = Exclude<HtmlToken, { type: 'text' | 'close' }>;

/** A time is shown as the reader's own clock has it, or as how far off it is; apps that are too old for that show its text. */
function writeStart(token: Start): string {
  if (token.tag === 'a') return `<a href="${escapeHtml(token.href)}">`;
  if (token.tag !== 'time') return `<${token.tag}>`;
  const seconds = Math.floor(Date.parse(token.datetime) / 1000);
  return `<tg-time unix="${seconds}" format="${token.isDistance ? 'r' : 'Dt'}">`;
}

const nameOf = (tag: Start['tag']): string => (tag === 'time' ? 'tg-time' : tag);

/** The beginning of a text in whole characters, with … when something had to go. */
export function cutText(text: string, limit: number): string {
  if (text.length <= limit) return text;
  let kept = '';
  for (const { segment } of graphemes.segment(text.slice(0, limit + 64))) {
    if (kept.length + segment.length > limit - 1) break;
    kept += segment;
  }
  return limit > 0 ? `${kept}…` : '';
}

function withoutMentions(text: string): string {
  return text.replace(/(?<!\w)@(?=\w)/g, `@${wordJoiner}`);
}
