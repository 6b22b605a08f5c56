/** One run of the tiny HTML that replies are written in. `text` is unescaped. */
export type HtmlToken =
  | { type: 'text'; text: string }
  | { type: 'open'; tag: 'b' | 'i' | 'code' }
  | { type: 'close'; tag: 'b' | 'i' | 'code' | 'a' | 'time' }
  | { type: 'open'; tag: 'a'; href: string }
  | { type: 'open'; tag: 'time'; datetime: string; isDistance: boolean };

/** Splits a reply's HTML into tokens, for surfaces to write in their own markup. */
export function parseHtml(html: string): HtmlToken[] {
  return html
    .split(/(<[^>]*>)/)
    .filter(Boolean)
    .map((part) => (part.startsWith('<') ? readTag(part) : { type: 'text', text: unescapeHtml(part) }));
}

/** The same without markup. */
export function plainText(html: string): string {
  return parseHtml(html)
    .map((token) => (token.type === 'text' ? token.text : ''))
    .join('');
}

function readTag(part: string): HtmlToken {
  const match = /^<(\/?)(b|i|code|a|time)(?: (?:href|datetime)="([^"]*)")?( data-distance)?>$/.exec(part);
  if (!match) throw new Error(`Words may use b, i, code, a and time, not ${part}`);
  const [, slash, tag, value = '', distance] = match;
  if (slash) return { type: 'close', tag: tag as 'b' };
  if (tag === 'a') return { type: 'open', tag, href: unescapeHtml(value) };
  if (tag === 'time') return { type: 'open', tag, datetime: value, isDistance: distance !== undefined };
  return { type: 'open', tag: tag as 'b' };
}

const entities: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'", '&amp;': '&' };
function unescapeHtml(text: string): string {
  return text.replace(/&(?:lt|gt|quot|#39|amp);/g, (entity) => entities[entity] as string);
}
