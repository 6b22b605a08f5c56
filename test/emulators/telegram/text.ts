import { badRequest } from './errors.ts';
import { byPlace, parseHtml } from './html.ts';

/** A piece of formatting; offsets and lengths in UTF-16 units. */
export interface Entity {
  type: string;
  offset: number;
  length: number;
  url?: string;
  language?: string | undefined;
  user_id?: number;
  custom_emoji_id?: string;
  unix_time?: number;
}

/** Text with its formatting. */
export interface FormattedText {
  text: string;
  entities: Entity[];
}

/** The longest text of a message and of a caption, in characters after parsing. */
export const TEXT_LIMIT = 4096;
export const CAPTION_LIMIT = 1024;
const SOURCE_LIMIT = 1 << 15;

const TAGS: Record<string, [string, string]> = {
  bold: ['<b>', '</b>'],
  italic: ['<i>', '</i>'],
  underline: ['<u>', '</u>'],
  strikethrough: ['<s>', '</s>'],
  spoiler: ['<tg-spoiler>', '</tg-spoiler>'],
  code: ['<code>', '</code>'],
  blockquote: ['<blockquote>', '</blockquote>'],
  expandable_blockquote: ['<blockquote expandable>', '</blockquote>'],
};

/**
 * Makes formatted text of what a bot sent: parsed by `parseMode` or with the entities given, then
 * trimmed as the service does. Markdown is refused by this emulator (501), not silently shown raw.
 */
export function formatText(source: string, parseMode: string, entities: Entity[]): FormattedText {
  if (Buffer.byteLength(source) > SOURCE_LIMIT) throw badRequest('Text is too long');
  const mode = parseMode.toLowerCase();
  if (source === '' || mode === '' || mode === 'none') return trim({ text: source, entities });
  if (mode === 'html') return trim(parseHtml(source));
  if (mode === 'markdown' || mode === 'markdownv2') throw badRequest('this emulator parses HTML only');
  throw badRequest('Unsupported parse_mode');
}

/** Characters as the limits count them. */
export function countCharacters(text: string): number {
  return [...text].length;
}

/** Adds what Telegram finds by itself: commands, user names and addresses. */
export function detectEntities({ text, entities }: FormattedText): FormattedText {
  const found: Entity[] = [];
  const patterns: [string, RegExp][] = [
    ['bot_command', /(?<![\w/@>])\/[a-zA-Z0-9_]{1,64}(?:@[a-zA-Z0-9_]{3,32})?(?![\w/@])/g],
    ['mention', /(?<![\w/@])@[a-zA-Z0-9_]{3,32}\b/g],
    ['url', /\bhttps?:\/\/[^\s<>"]+/g],
  ];
  for (const [type, pattern] of patterns) {
    for (const match of text.matchAll(pattern)) found.push({ type, offset: match.index, length: match[0].length });
  }
  const free = found.filter((one) => ![...entities].some((other) => overlaps(one, other)));
  const separate = free.filter(
    (one) => one.type === 'url' || !free.some((other) => other.type === 'url' && overlaps(one, other)),
  );
  return { text, entities: [...entities, ...separate].sort(byPlace) };
}

/** Formatting as HTML that could be sent again; found commands and addresses are left plain. */
export function renderHtml({ text, entities }: FormattedText): string {
  const opens = new Map<number, Entity[]>();
  for (const entity of [...entities].sort(byPlace)) {
    if (tagsOf(entity)) opens.set(entity.offset, [...(opens.get(entity.offset) ?? []), entity]);
  }
  const active: Entity[] = [];
  let html = '';
  for (let at = 0; at <= text.length; at += 1) {
    while (active.length > 0 && endOf(active.at(-1) as Entity) <= at) html += tagsOf(active.pop() as Entity)?.[1];
    for (const entity of opens.get(at) ?? []) {
      html += tagsOf(entity)?.[0];
      active.push(entity);
    }
    html += escapeHtml(text.charAt(at));
  }
  return html;
}

function endOf(entity: Entity): number {
  return entity.offset + entity.length;
}

function overlaps(one: Entity, other: Entity): boolean {
  return one.offset < endOf(other) && other.offset < endOf(one);
}

function tagsOf(entity: Entity): [string, string] | undefined {
  if (entity.type === 'text_link') return [`<a href="${escapeHtml(entity.url ?? '')}">`, '</a>'];
  if (entity.type === 'text_mention') return [`<a href="tg://user?id=${entity.user_id}">`, '</a>'];
  if (entity.type === 'pre' && entity.language) {
    return [`<pre><code class="language-${escapeHtml(entity.language)}">`, '</code></pre>'];
  }
  return entity.type === 'pre' ? ['<pre>', '</pre>'] : TAGS[entity.type];
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

function trim({ text, entities }: FormattedText): FormattedText {
  const kept = text.trim();
  const cut = text.length - text.trimStart().length;
  const moved = entities.flatMap((entity) => {
    const start = Math.max(0, entity.offset - cut);
    const end = Math.min(kept.length, endOf(entity) - cut);
    return end > start ? [{ ...entity, offset: start, length: end - start }] : [];
  });
  return { text: kept, entities: moved };
}
