import { type HtmlToken, parseHtml } from '../html.ts';

/** Discord's limit on a message's content, in characters. */
export const contentLimit = 2000;

/**
 * Writes a reply's tiny HTML as Discord markdown. Text arrives literally: nothing in it becomes
 * markup, a mention, an emoji or a link. What exceeds `limit` (UTF-16 units) is cut between whole
 * characters, with an ellipsis and every mark closed.
 */
export function renderMarkdown(html: string, limit = contentLimit): string {
  const pieces = readPieces(parseHtml(html));
  const whole = pieces.map((piece) => ('text' in piece ? piece.write(piece.text) : piece.markdown)).join('');
  return whole.length <= limit ? whole : cutPieces(pieces, limit);
}

/**
 * Escapes everything that Discord would read as markup. Its parser takes a backslash before any
 * character that is not a letter, digit or space as that character, mentions, custom emoji,
 * timestamps and `@everyone` included. Slashes and colons are escaped as well: they make links,
 * invitations and `:emoji:` out of plain text.
 */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/[\\*_~|`<>@[\]/]/g, '\\$&')
    .replace(/:(?=\S)/g, '\\:')
    .replace(/^([^\S\n]*)([#+-])/gm, '$1\\$2')
    .replace(/^([^\S\n]*\d+)([.)])/gm, '$1\\$2');
}

type Piece =
  /** Text that may be cut anywhere between characters. */
  | { text: string; write(text: string): string }
  /** Written whole or not at all; `closes` is what must follow for it to be complete. */
  | { markdown: string; closes?: string; isClose?: boolean };

function readPieces(tokens: HtmlToken[]): Piece[] {
  const pieces: Piece[] = [];
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index] as HtmlToken;
    if (token.type === 'text') pieces.push({ text: token.text, write: escapeMarkdown });
    else if (token.tag === 'b' || token.tag === 'i') {
      const mark = token.tag === 'b' ? '**' : '*';
      pieces.push(token.type === 'open' ? { markdown: mark, closes: mark } : { markdown: mark, isClose: true });
    } else if (token.type === 'open') {
      const end = tokens.findIndex((other, at) => at > index && other.type === 'close' && other.tag === token.tag);
      const inner = tokens.slice(index + 1, end === -1 ? tokens.length : end);
      pieces.push(writeElement(token, inner.map((part) => (part.type === 'text' ? part.text : '')).join('')));
      index += inner.length + 1;
    }
  }
  return pieces;
}

function writeElement(token: HtmlToken & { type: 'open' }, text: string): Piece {
  if (token.tag === 'code') return { text, write: writeCode };
  if (token.tag === 'time') {
    const seconds = Math.floor(Date.parse(token.datetime) / 1000);
    // A date, since words say "on" and "until" before it, and how far off that is; or that alone.
    const shown = token.isDistance ? `<t:${seconds}:R>` : `<t:${seconds}:f> (<t:${seconds}:R>)`;
    return { markdown: Number.isFinite(seconds) ? shown : escapeMarkdown(text) };
  }
  if (token.tag === 'a') return { markdown: writeLink(text, token.href) };
  return { text, write: escapeMarkdown };
}

/** Only a double fence can hold backticks, and three in a row would open a block: a zero-width space keeps them apart. */
function writeCode(text: string): string {
  if (text === '') return '';
  if (!text.includes('`')) return `\`${text}\``;
  const apart = text.replace(/`(?=`)/g, '`\u200b');
  return `\`\`${apart.startsWith('`') ? ' ' : ''}${apart}${apart.endsWith('`') ? ' ' : ''}\`\``;
}

/** In angle brackets, so that Discord shows no preview. Anything but http(s) stays text. */
function writeLink(label: string, href: string): string {
  if (!/^https?:/i.test(href) || !URL.canParse(href)) return escapeMarkdown(label);
  const address = new URL(href).href.replace(
    /[()<>\\]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return label === href || label === '' ? `<${address}>` : `[${escapeMarkdown(label)}](<${address}>)`;
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

function cutPieces(pieces: Piece[], limit: number): string {
  const closers: string[] = [];
  let written = '';
  const room = () => limit - written.length - closers.join('').length - 1;
  for (const piece of pieces) {
    if ('text' in piece) {
      const fitting = longestFitting(piece.text, (text) => piece.write(text).length <= room());
      written += piece.write(fitting);
      if (fitting !== piece.text) break;
    } else {
      if (piece.isClose) closers.pop();
      if (piece.markdown.length + (piece.closes?.length ?? 0) > room() && !piece.isClose) break;
      if (piece.closes) closers.push(piece.closes);
      written += piece.markdown;
    }
  }
  return `${written}…${closers.reverse().join('')}`;
}

function longestFitting(text: string, fits: (text: string) => boolean): string {
  if (fits(text)) return text;
  const ends = Array.from(graphemes.segment(text), (segment) => segment.index);
  let low = 0;
  let high = ends.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(text.slice(0, ends[middle]))) low = middle;
    else high = middle - 1;
  }
  return text.slice(0, ends[low]);
}
