/** What people get from a message's markdown in Discord's client. For tests: it knows the rules from the reading side. */
export type ReadMarkdown = {
  /** As it looks, without zero-width characters. Chips that Discord draws itself (times, emoji, commands) are in ⟦ ⟧. */
  text: string;
  /** Whom it would notify, were all mentions allowed. */
  mentions: string[];
  links: string[];
};

type Rule = { pattern: RegExp; lineStart?: true; read(match: RegExpExecArray, found: ReadMarkdown): string };

/** Reads markdown by the rules of Discord's client, in the order in which it tries them. */
export function readMarkdown(source: string): ReadMarkdown {
  const found: ReadMarkdown = { text: '', mentions: [], links: [] };
  found.text = read(source, found).replaceAll('\u200b', '');
  return found;
}

function read(source: string, found: ReadMarkdown): string {
  let text = '';
  let rest = source;
  let lineStart = true;
  while (rest !== '') {
    const hit = firstHit(rest, lineStart);
    const taken = hit ? hit.match[0] : (Array.from(rest)[0] as string);
    text += hit ? hit.rule.read(hit.match, found) : taken;
    lineStart = taken.endsWith('\n');
    rest = rest.slice(taken.length);
  }
  return text;
}

function firstHit(rest: string, lineStart: boolean) {
  for (const rule of rules) {
    const match = rule.lineStart && !lineStart ? null : rule.pattern.exec(rest);
    if (match) return { rule, match };
  }
  return null;
}

const inner = (match: RegExpExecArray, found: ReadMarkdown) => read(match[1] as string, found);
const chip = (match: RegExpExecArray) => `⟦${match[0]}⟧`;
const mention = (match: RegExpExecArray, found: ReadMarkdown) => {
  found.mentions.push(match[0]);
  return chip(match);
};
const link = (match: RegExpExecArray, found: ReadMarkdown) => {
  found.links.push(match[1] as string);
  return match[1] as string;
};

const rules: Rule[] = [
  { pattern: /^```(?:[a-z0-9_+\-.#]+?\n)?\n*([^\n][\s\S]*?)\n*```/i, read: (match) => match[1] as string },
  { pattern: /^\\([^0-9A-Za-z\s])/, read: (match) => match[1] as string },
  { pattern: /^(?:#{1,3}|-#) +/, lineStart: true, read: () => '' },
  { pattern: /^>(?:>>)? /, lineStart: true, read: () => '' },
  { pattern: /^ *(?:[-*]|\d+\.) /, lineStart: true, read: () => '• ' },
  { pattern: /^<(https?:\/\/[^ >]+)>/, read: link },
  { pattern: /^(https?:\/\/[^\s<]+[^<.,:;"'\]\s])/, read: link },
  { pattern: /^((?:discord\.gg|discord\.com\/invite)\/[\w-]{2,})/, read: link },
  {
    pattern: /^\[((?:\\.|[^\]\\])*)\]\(<?(https?:\/\/[^)\s>]+)>?\)/,
    read(match, found) {
      found.links.push(match[2] as string);
      return read(match[1] as string, found);
    },
  },
  { pattern: /^\*\*((?:\\[\s\S]|[^\\])+?)\*\*(?!\*)/, read: inner },
  { pattern: /^__((?:\\[\s\S]|[^\\])+?)__(?!_)/, read: inner },
  { pattern: /^~~((?:\\[\s\S]|[^\\])+?)~~/, read: inner },
  { pattern: /^\|\|((?:\\[\s\S]|[^\\])+?)\|\|/, read: inner },
  { pattern: /^\*(?=\S)((?:\\[\s\S]|[^*\\])+?)\*(?!\*)/, read: inner },
  { pattern: /^_((?:\\[\s\S]|[^\\_])+?)_\b/, read: inner },
  { pattern: /^(`+)([\s\S]*?[^`])\1(?!`)/, read: (match) => (match[2] as string).replace(/^ (?= *`)|(` *) $/g, '$1') },
  { pattern: /^(?:@everyone|@here|<@[!&]?\d+>|<#\d+>)/, read: mention },
  { pattern: /^<(?:t:-?\d+(?::\w)?|a?:\w+:\d+|\/[^:>]+:\d+|id:\w+)>/, read: chip },
  { pattern: /^:[^\s:]+:/, read: chip },
];
