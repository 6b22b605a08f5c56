import { escapeHtml, type Words } from '../words/words.ts';
import type { Mail } from './mailer.ts';

/** The letters Easel writes, from the catalogue, in the reader's language. */
export function createLetters({ words }: { words: Words }) {
  function letter(to: string, locale: string, key: string, values: Record<string, string | number>): Mail {
    const paragraphs = words.html(locale, `mail.${key}.body`, values).split('\n\n');
    return {
      to,
      subject: words.plain(locale, `mail.${key}.subject`, values),
      text: words.plain(locale, `mail.${key}.body`, values),
      html: page(words.pick(locale), paragraphs),
    };
  }

  return {
    /** A one-time code for linking a chat. */
    linkCode: (to: string, locale: string, values: { code: string; platform: string; minutes: number }) =>
      letter(to, locale, 'link_code', values),
    /** Tells an account that another chat can now use it. */
    linked: (to: string, locale: string, values: { chat: string }) => letter(to, locale, 'linked', values),
    /** Tells an account that its webhook endpoint is off: it said that it is gone, or took nothing for days. */
    webhookDisabled: (
      to: string,
      locale: string,
      reason: 'webhook_gone' | 'webhook_dead',
      values: { host: string; days: number },
    ) => letter(to, locale, reason, values),
  };
}

function page(language: string, paragraphs: readonly string[]): string {
  const body = paragraphs
    .map((paragraph) => `<p style="margin:0 0 16px">${paragraph.replaceAll('\n', '<br>')}</p>`)
    .join('');
  return `<!doctype html><html lang="${escapeHtml(language)}"><body style="font:16px/1.5 system-ui,sans-serif;margin:0;padding:24px"><div style="max-width:480px;margin:0 auto">${body}</div></body></html>`;
}
