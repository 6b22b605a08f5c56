import i18next from 'i18next';
import en from './en.json' with { type: 'json' };
import es from './es.json' with { type: 'json' };

/** Put into words by name. User text is escaped; dates become `<time>`, numbers the language's own. */
export type Values = Record<string, Value>;
type Value = string | number | Date | Distance | null;

/** A time that is told as how far off it is, `in 3 hours`, by platforms that can; other times are told as dates. */
export type Distance = { distanceTo: Date };

/** Everything a person reads, in each language. `en` is complete; a test holds the others to it. */
export const catalogues = { en, es } as const;
export type Locale = keyof typeof catalogues;
export const locales = Object.keys(catalogues) as Locale[];

/**
 * Who reads: a developer is told of routes and pages where a chat is told of commands, by words under `<key>_rest`.
 */
export type Reader = 'chat' | 'rest';

export type Words = ReturnType<typeof createWords>;

/**
 * Looks up words by key (`errors.not_linked`). `html` gives the tiny HTML of chat replies (b, i,
 * code, a, time), `plain` the same without markup. An unknown key throws: it is a fault of ours.
 */
export function createWords() {
  const engine = i18next.createInstance();
  void engine.init({
    lng: 'en',
    fallbackLng: 'en',
    initAsync: false,
    resources: Object.fromEntries(locales.map((locale) => [locale, { translation: catalogues[locale] }])),
    // Values are escaped below, where dates and numbers are written too.
    interpolation: { escapeValue: false },
    returnEmptyString: false,
    showSupportNotice: false,
  } as Parameters<typeof engine.init>[0]);

  /** The supported language nearest to what a platform says (`es-419` → `es`), else English. */
  function pick(wanted: string | null | undefined): Locale {
    const language = (wanted ?? '').toLowerCase().split(/[-_]/)[0];
    return locales.find((locale) => locale === language) ?? 'en';
  }

  function has(key: string): boolean {
    // Words that depend on a number stand under `key_one`, `key_other` and so on.
    return engine.exists(key, { lng: 'en' }) || engine.exists(`${key}_other`, { lng: 'en' });
  }

  function html(locale: string, key: string, values: Values = {}, reader: Reader = 'chat'): string {
    if (!has(key)) throw new Error(`No words under ${key}`);
    const language = pick(locale);
    const { count, ...rest } = values;
    const shown = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, show(language, value)]));
    return engine.t(key, {
      lng: language,
      context: reader,
      ...(typeof count === 'number' ? { count, n: new Intl.NumberFormat(language).format(count) } : {}),
      ...shown,
    });
  }

  function plain(locale: string, key: string, values: Values = {}, reader: Reader = 'chat'): string {
    return unescapeHtml(html(locale, key, values, reader).replace(/<[^>]*>/g, ''));
  }

  /** The names that stand directly under a key, in the order of the catalogue. */
  function names(key: string): string[] {
    const group = engine.getResource('en', 'translation', key) as Record<string, unknown> | undefined;
    return Object.keys(group ?? {});
  }

  return { html, plain, has, names, pick, locales: locales as readonly string[] };
}

function show(language: string, value: Value): string {
  if (value === null) return '';
  if (typeof value === 'number') return new Intl.NumberFormat(language).format(value);
  if (typeof value === 'string') return escapeHtml(value);
  const [at, mark] = value instanceof Date ? [value, ''] : [value.distanceTo, ' data-distance'];
  const format = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' });
  return `<time datetime="${at.toISOString()}"${mark}>${format.format(at)} UTC</time>`;
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
/** Makes text that came from people safe inside the tiny HTML. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] as string);
}

function unescapeHtml(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}
