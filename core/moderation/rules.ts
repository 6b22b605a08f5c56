import { AppError } from '../errors.ts';

/**
 * What Easel never draws, whatever the provider would: sexual pictures of children. Everything else
 * is the provider's filter and the operators' own rules (prompt-rules.ts). Each rule needs a hit in every list.
 * Patterns are held against the text as it stands and as `unmask` reads it.
 */
const rules: readonly (readonly RegExp[])[] = [
  [
    new RegExp(
      [
        /\b(child|children|kids?|minors?|toddlers?|infants?|preteens?|tweens?|teens?|teenagers?|teenaged?|underaged?)\b/,
        /\b(schoolgirls?|schoolboys?|loli|lolis|lolita|shota|little (girl|boy)s?|young (girl|boy)s?)\b/,
        /\b(ni[nñ][oa]s?|menor(es)?|adolescentes?|colegialas?|bebes?)\b/,
        // An age under eighteen.
        /\b(1[0-7]|[1-9])[\s-]*(yo|y\/o|yrs?|years?|anos|años)\b/,
      ]
        .map(({ source }) => source)
        .join('|'),
      'iu',
    ),
    /\b(nudes?|nudity|naked|nsfw|sex|sexual|sexually|sexy|sexuali[sz]ed|erotic|erotica|porno?|pornographic|lingerie|hentai|topless|desnud[oa]s?|sexuales?|erotic[oa]s?|undress(ed|ing)?)\b/iu,
  ],
  [/\b(lolicon|shotacon|csam|child porn|pornografia infantil)\b/iu],
];

/** Throws AppError `prompt_refused` for a prompt that breaks a rule. Nothing is spent or kept then. */
export function checkPrompt(prompt: string): void {
  const readings = readAll(prompt);
  const hits = (pattern: RegExp) => readings.some((text) => pattern.test(text));
  if (rules.some((rule) => rule.every(hits))) throw new AppError('prompt_refused');
}

/** The text without what nobody sees, then as it is meant where letters are masked; each reading once. */
export function readAll(text: string): string[] {
  const plain = text.normalize('NFKC').replaceAll(/[\p{Default_Ignorable_Code_Point}\u200b\ufeff]/gu, '');
  const readings = new Set([plain, unmask(plain, 'i')]);
  if (/[1!|]/.test(plain)) readings.add(unmask(plain, 'l'));
  return [...readings];
}

/** Reads `ch1ld`, `n.u.d.e`, `nаkеd` with Cyrillic letters, `ñüdé` and `naked_child` as they are meant. `one`: what 1, ! and | stand for. */
function unmask(text: string, one: 'i' | 'l'): string {
  const lower = text.toLowerCase();
  // Most prompts are plain; what the others need takes five times as long.
  const plain = /^[\0-\x7f]*$/.test(lower) ? lower : toPlainLetters(lower);
  const read = /[013457@$!|]/.test(plain) ? readSigns(plain, one) : plain;
  return (
    read
      // First what is spaced by marks, so that a word of one letter before it stays apart.
      .replaceAll(/(?<!\p{L})(?:\p{L}\s*[.\-_*·/]+\s*){2,}\p{L}(?!\p{L})/gu, joinLetters)
      .replaceAll(/(?<!\p{L})(?:\p{L}[\s.\-_*·/]+){2,}\p{L}(?!\p{L})/gu, joinLetters)
      .replaceAll('_', ' ')
  );
}

const joinLetters = (spaced: string) => spaced.replaceAll(/[^\p{L}]/gu, '');

function toPlainLetters(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[а-яёіјѕһԁα-ω]/gu, (letter) => lookalikes[letter] ?? letter);
}

function readSigns(text: string, one: 'i' | 'l'): string {
  return text.replaceAll(/[\p{L}\d@$!|]+/gu, (word) =>
    /\p{L}/u.test(word) ? word.replaceAll(/[013457@$!|]/g, (sign) => signs[sign] ?? one) : word,
  );
}

const signs: Record<string, string> = { '0': 'o', '3': 'e', '4': 'a', '5': 's', '7': 't', '@': 'a', $: 's' };
/** Cyrillic and Greek letters that look like Latin ones. */
const lookalikes: Record<string, string> = Object.fromEntries(
  Object.entries({
    a: 'аα',
    c: 'с',
    d: 'ԁ',
    e: 'еёε',
    h: 'һ',
    i: 'іι',
    j: 'ј',
    k: 'кκ',
    n: 'пη',
    o: 'оο',
    p: 'рρ',
    s: 'ѕ',
    t: 'тτ',
    u: 'υ',
    v: 'ν',
    x: 'хχ',
    y: 'у',
  }).flatMap(([latin, others]) => [...others].map((other) => [other, latin])),
);
