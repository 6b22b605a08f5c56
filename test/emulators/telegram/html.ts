import { badRequest } from './errors.ts';
import type { Entity, FormattedText } from './text.ts';

const STYLES: Record<string, Entity['type']> = {
  b: 'bold',
  strong: 'bold',
  i: 'italic',
  em: 'italic',
  u: 'underline',
  ins: 'underline',
  s: 'strikethrough',
  strike: 'strikethrough',
  del: 'strikethrough',
  code: 'code',
  pre: 'pre',
  a: 'text_link',
  blockquote: 'blockquote',
  span: 'spoiler',
  'tg-spoiler': 'spoiler',
  'tg-emoji': 'custom_emoji',
  'tg-time': 'date_time',
};
const NAMED: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"' };

interface OpenTag {
  name: string;
  attributes: Map<string, string>;
  offset: number;
}

/**
 * Parses Telegram's HTML into text and entities (offsets in UTF-16 units). Refuses what the service
 * refuses, in its words and with its byte offsets; an `&` that starts nothing known stays as it is.
 */
export function parseHtml(source: string): FormattedText {
  const open: OpenTag[] = [];
  const entities: Entity[] = [];
  let text = '';
  let at = 0;
  while (at < source.length) {
    const character = source.charAt(at);
    if (character === '&') {
      const decoded = decodeReference(source, at);
      text += decoded.text;
      at = decoded.end;
    } else if (character !== '<') {
      text += character;
      at += 1;
    } else if (source.charAt(at + 1) === '/') {
      const end = readEndTag(source, at, open);
      const entity = closeTag(open.pop() as OpenTag, text);
      if (entity) addEntity(entities, entity);
      at = end;
    } else {
      const tag = readStartTag(source, at);
      open.push({ ...tag, offset: text.length });
      at = tag.end;
    }
  }
  const last = open.at(-1);
  if (last) throw unparsable(`Can't find end tag corresponding to start tag "${last.name}"`);
  return { text, entities: entities.sort(byPlace).map(withoutCodeLanguage) };
}

/** Orders entities as the service lists them: by start, the longer first. */
export function byPlace(one: Entity, other: Entity): number {
  return one.offset - other.offset || other.length - one.length;
}

function unparsable(reason: string) {
  return badRequest(`can't parse entities: ${reason}`);
}

function byteOffset(source: string, at: number): number {
  return Buffer.byteLength(source.slice(0, at));
}

function decodeReference(source: string, at: number): { text: string; end: number } {
  const literal = { text: '&', end: at + 1 };
  const found = /^&(?:#x([0-9a-f]+)|#(\d+)|([a-z]+));?/i.exec(source.slice(at, at + 40));
  if (!found) return literal;
  const [whole, hexadecimal, decimal, name] = found;
  const end = at + whole.length;
  if (name !== undefined) return NAMED[name] ? { text: NAMED[name], end } : literal;
  const code = hexadecimal ? Number.parseInt(hexadecimal, 16) : Number(decimal);
  if (code === 0 || code >= 0x10ffff || whole.replace(';', '').length >= 10) return literal;
  return { text: String.fromCodePoint(code), end };
}

function readStartTag(source: string, begin: number): Omit<OpenTag, 'offset'> & { end: number } {
  const where = `at byte offset ${byteOffset(source, begin)}`;
  const name = (/^[^\s>]*/.exec(source.slice(begin + 1)) as RegExpExecArray)[0].toLowerCase();
  let at = begin + 1 + name.length;
  if (at >= source.length) throw unparsable(`Unclosed start tag ${where}`);
  if (!STYLES[name]) throw unparsable(`Unsupported start tag "${name}" ${where}`);
  const attributes = new Map<string, string>();
  while (source.charAt(at) !== '>') {
    const space = (/^\s*/.exec(source.slice(at)) as RegExpExecArray)[0].length;
    at += space;
    if (source.charAt(at) === '>') break;
    const attribute = readAttribute(source, at, name, begin);
    attributes.set(attribute.key, attribute.value);
    at = attribute.end;
  }
  if (name === 'span' && attributes.get('class') !== 'tg-spoiler') {
    throw unparsable(`Tag "span" must have class "tg-spoiler" ${where}`);
  }
  return { name, attributes, end: at + 1 };
}

function readAttribute(source: string, begin: number, tag: string, tagBegin: number) {
  const where = `at byte offset ${byteOffset(source, tagBegin)}`;
  const rest = source.slice(begin);
  const key = (/^[^\s=>]*/.exec(rest) as RegExpExecArray)[0];
  if (begin >= source.length) throw unparsable(`Unclosed start tag ${where}`);
  if (key === '') throw unparsable(`Empty attribute name in the tag "${tag}" ${where}`);
  const equals = /^\s*=\s*/.exec(rest.slice(key.length));
  if (!equals) {
    // Telegram's one attribute without a value.
    if (tag === 'blockquote' && key === 'expandable') return { key, value: '1', end: begin + key.length };
    throw unparsable(`Expected equal sign in declaration of an attribute of the tag "${tag}" ${where}`);
  }
  const start = begin + key.length + equals[0].length;
  const quote = source.charAt(start);
  if (quote === '"' || quote === "'") return readQuoted(source, start, key, where);
  const token = (/^[a-z0-9.-]*/i.exec(source.slice(start)) as RegExpExecArray)[0];
  const end = start + token.length;
  if (end >= source.length) throw unparsable(`Unclosed start tag ${where}`);
  if (!/[\s>]/.test(source.charAt(end))) {
    throw unparsable(`Unexpected end of name token at byte offset ${byteOffset(source, start)}`);
  }
  return { key, value: token.toLowerCase(), end };
}

function readQuoted(source: string, start: number, key: string, where: string) {
  const quote = source.charAt(start);
  let at = start + 1;
  let value = '';
  while (at < source.length && source.charAt(at) !== quote) {
    const piece = source.charAt(at) === '&' ? decodeReference(source, at) : { text: source.charAt(at), end: at + 1 };
    value += piece.text;
    at = piece.end;
  }
  if (at + 1 >= source.length) throw unparsable(`Unclosed start tag ${where}`);
  return { key, value, end: at + 1 };
}

function readEndTag(source: string, begin: number, open: OpenTag[]): number {
  const where = `at byte offset ${byteOffset(source, begin)}`;
  const expected = open.at(-1);
  if (!expected) throw unparsable(`Unexpected end tag ${where}`);
  const found = /^<\/([^\s>]*)\s*(>?)/.exec(source.slice(begin)) as RegExpExecArray;
  const name = (found[1] ?? '').toLowerCase();
  if (found[2] !== '>') throw unparsable(`Unclosed end tag ${where}`);
  if (name !== '' && name !== expected.name) {
    throw unparsable(`Unmatched end tag ${where}, expected "</${expected.name}>", found "</${name}>"`);
  }
  return begin + found[0].length;
}

function closeTag(tag: OpenTag, text: string): Entity | undefined {
  const length = text.length - tag.offset;
  const type = STYLES[tag.name];
  if (length === 0 || !type) return undefined;
  const entity: Entity = { type, offset: tag.offset, length };
  if (type === 'text_link') return linkEntity(entity, tag.attributes.get('href') || text.slice(tag.offset));
  if (type === 'code') entity.language = tag.attributes.get('class')?.match(/^language-(.+)/)?.[1];
  if (type === 'blockquote' && tag.attributes.has('expandable')) entity.type = 'expandable_blockquote';
  if (type === 'date_time') entity.unix_time = Number(tag.attributes.get('unix') ?? 0);
  if (type === 'custom_emoji') {
    const id = tag.attributes.get('emoji-id') ?? '';
    if (!/^[1-9]\d*$/.test(id)) throw unparsable('Invalid custom emoji identifier specified');
    entity.custom_emoji_id = id;
  }
  return entity;
}

/** A link without a usable address leaves plain text behind, as it does in the service. */
function linkEntity(entity: Entity, address: string): Entity | undefined {
  const mentioned = /^tg:\/\/user\?id=(\d+)$/.exec(address);
  if (mentioned) return { ...entity, type: 'text_mention', user_id: Number(mentioned[1]) };
  const url = URL.parse(/^[a-z]+:\/\//i.test(address) ? address : `http://${address}`);
  const isLink = url && (url.protocol === 'tg:' || url.hostname.includes('.'));
  return isLink ? { ...entity, url: url.href } : undefined;
}

/** `<pre><code class="language-x">` is one block with a language. */
function addEntity(entities: Entity[], entity: Entity) {
  const last = entities.at(-1);
  const samePlace = last?.offset === entity.offset && last.length === entity.length;
  if (entity.type === 'pre' && last?.type === 'code' && samePlace && last.language) last.type = 'pre';
  else entities.push(entity);
}

function withoutCodeLanguage(entity: Entity): Entity {
  if (entity.type === 'pre' && entity.language) return entity;
  const { language: _, ...rest } = entity;
  return rest;
}
