import { describe, expect, test } from 'vitest';
import { commands } from '../../bots/commands/index.ts';
import { parseHtml } from '../../bots/html.ts';
import { errorCodes } from '../errors.ts';
import { catalogues, createWords, locales } from './words.ts';

const words = createWords();
/** What Discord and Telegram show of a command or an option. */
const mostDescription = 100;

type Catalogue = { [key: string]: string | Catalogue };
const flatten = (catalogue: Catalogue, prefix = ''): [key: string, text: string][] =>
  Object.entries(catalogue).flatMap(([key, value]): [string, string][] =>
    typeof value === 'string' ? [[prefix + key, value]] : flatten(value, `${prefix + key}.`),
  );

const entries = (locale: (typeof locales)[number]) => flatten(catalogues[locale] as Catalogue);
const english = new Map(entries('en'));

/** Languages count differently, so forms of a number are compared as one key. */
const baseOf = (key: string) => key.replace(/_(zero|one|two|few|many|other)$/, '');
const find = (texts: Map<string, string>, key: string) =>
  texts.get(key) ?? texts.get(`${baseOf(key)}_other`) ?? texts.get(baseOf(key)) ?? '';
const placeholdersOf = (text: string) => [...new Set(text.match(/\{\{\w+\}\}/g))].sort();
const tagsOf = (text: string) => (text.match(/<[^>]*>/g) ?? []).sort();

describe.each(locales)('%s', (locale) => {
  const texts = new Map(entries(locale));

  test('has every key, and no other', () => {
    const keys = (given: Iterable<string>) => [...new Set([...given].map(baseOf))].sort();
    expect(keys(texts.keys())).toEqual(keys(english.keys()));
  });

  test('has every form of a number that its language knows for small numbers', () => {
    const rules = new Intl.PluralRules(locale);
    const forms = new Set(Array.from({ length: 1000 }, (_, count) => rules.select(count)));
    for (const key of texts.keys()) {
      if (!/_(one|other)$/.test(key)) continue;
      for (const form of forms) expect([...texts.keys()]).toContain(`${baseOf(key)}_${form}`);
    }
  });

  test('puts in the same values, with the same markup', () => {
    for (const [key, text] of texts) {
      const original = find(english, key);
      const spared = /_(zero|one)$/.test(key) ? ['{{n}}'] : [];
      const values = (given: string) => placeholdersOf(given).filter((name) => !spared.includes(name));
      expect(values(text), key).toEqual(values(original));
      expect(tagsOf(text), key).toEqual(tagsOf(original));
    }
  });

  test('uses only the tags that every chat can show, each closed', () => {
    for (const [key, text] of texts) {
      const open: string[] = [];
      for (const token of parseHtml(text)) {
        if (token.type === 'open') open.push(token.tag);
        if (token.type === 'close') expect(open.pop(), key).toBe(token.tag);
        if (token.type === 'text') expect(token.text, key).not.toMatch(/[<>]/);
      }
      expect(open, key).toEqual([]);
    }
  });

  test('has words for every error', () => {
    for (const code of Object.keys(errorCodes)) expect(find(texts, `errors.${code}`), code).not.toBe('');
  });

  test('describes every command and option in few words and without markup', () => {
    for (const { name, options } of commands) {
      const keys = [
        `commands.${name}.description`,
        ...options.map((option) => `commands.${name}.options.${option.name}`),
      ];
      for (const key of keys) {
        const text = texts.get(key) ?? '';
        expect(text.length, key).toBeGreaterThan(0);
        expect(text.length, key).toBeLessThanOrEqual(mostDescription);
        expect(tagsOf(text), key).toEqual([]);
      }
    }
  });

  test('shows an example of every command that needs something', () => {
    for (const { name } of commands.filter(({ options }) => options.some(({ required }) => required))) {
      expect(texts.get(`commands.${name}.example`), name).toMatch(new RegExp(`^/${name} \\S`));
    }
  });
});

test.each(locales.filter((locale) => locale !== 'en'))('%s is not left in English', (locale) => {
  const sentences = entries(locale).filter(([, text]) => (withoutMarkup(text).match(/\p{L}{2,}/gu) ?? []).length > 2);
  expect(sentences.filter(([key, text]) => find(english, key) === text).map(([key]) => key)).toEqual([]);
});

test('a key that nobody wrote words for is a fault of ours, and throws', () => {
  expect(() => words.html('en', 'errors.nonsense')).toThrow('No words under errors.nonsense');
});

test('the nearest language is found, else English is spoken', () => {
  expect(['es-419', 'ES', 'es_MX', 'en-GB', 'xx', '', null].map(words.pick)).toEqual([
    'es',
    'es',
    'es',
    'en',
    'en',
    'en',
    'en',
  ]);
});

test('what people typed is escaped, numbers and times are written as the language does', () => {
  const shown = words.html('es', 'errors.not_found', { what: '<b>&"' });
  expect(shown).toContain('&lt;b&gt;&amp;&quot;');
  expect(words.plain('es', 'errors.not_found', { what: '<b>&"' })).toContain('<b>&"');
  expect(words.plain('es', 'errors.prompt_too_long', { length: 12345, max: 1000 })).toContain('12.345');
  expect(words.plain('en', 'errors.prompt_too_long', { length: 12345, max: 1000 })).toContain('12,345');
  const since = new Date('2026-11-21T10:00:00Z');
  const line = words.html('en', 'chat.account_line', { platform: 'Discord', name: '', since });
  expect(line).toContain('<time datetime="2026-11-21T10:00:00.000Z">Nov 21, 2026');
});

test('words that depend on a number follow it', () => {
  expect(words.plain('en', 'chat.cost', { count: 1 })).toBe('1 image used.');
  expect(words.plain('en', 'chat.cost', { count: 4 })).toBe('4 images used.');
  expect(words.plain('es', 'chat.cost', { count: 1 })).toBe('1 imagen usada.');
  expect(words.plain('es', 'chat.cost', { count: 4 })).toBe('4 imágenes usadas.');
});

function withoutMarkup(text: string): string {
  return text.replace(/<code>.*?<\/code>|<[^>]*>|\{\{\w+\}\}/g, ' ');
}
