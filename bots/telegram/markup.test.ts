import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseHtml as readAsTelegram } from '../../test/emulators/telegram/html.ts';
import { detectEntities } from '../../test/emulators/telegram/text.ts';
import { captionLimit, cutText, textLimit, toTelegramHtml } from './markup.ts';

describe('toTelegramHtml', () => {
  it('keeps what Telegram has, and lets it tell times by the clock of whoever reads', () => {
    const html =
      'A <b>b <i>c</i></b>\n<code>x &amp;&lt;</code> <a href="https://a.example/?b=1&amp;c=2">here</a> <time datetime="2026-11-21T00:00:00Z">today</time>, <time datetime="2026-11-22T00:00:00Z" data-distance>tomorrow</time>';
    expect(toTelegramHtml(html, textLimit)).toBe(
      'A <b>b <i>c</i></b>\n<code>x &amp;&lt;</code> <a href="https://a.example/?b=1&amp;c=2">here</a> <tg-time unix="1795219200" format="Dt">today</tg-time>, <tg-time unix="1795305600" format="r">tomorrow</tg-time>',
    );
  });

  it('counts what is read, not how it is written', () => {
    const html = `<b>${'&amp;'.repeat(captionLimit)}</b>`;
    expect(readAsTelegram(toTelegramHtml(html, captionLimit)).text).toBe('&'.repeat(captionLimit));
    expect(readAsTelegram(toTelegramHtml(`${html}!`, captionLimit)).text.length).toBeLessThanOrEqual(captionLimit);
  });

  it('closes every tag where it cuts', () => {
    expect(toTelegramHtml('<b>one <i>two three</i> four</b> five', 7)).toBe('<b>one <i>tw…</i></b>');
  });

  it('keeps names in what people wrote from becoming mentions, but not in code, links and addresses', () => {
    const { text, entities } = detectEntities(
      readAsTelegram(toTelegramHtml('@some_one a@b.example <code>@kept</code>', textLimit)),
    );
    expect(entities.map(({ type }) => type)).toEqual(['code']);
    expect(text.replaceAll('\u2060', '')).toBe('@some_one a@b.example @kept');
  });

  it('is valid, whole and within any limit, whatever the text', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 80 });
    fc.assert(
      fc.property(text, text, fc.integer({ min: 1, max: 90 }), (bold, plain, limit) => {
        const escaped = [bold, plain].map((part) => part.replace(/[&<>"']/g, (character) => `&${named[character]};`));
        const read = readAsTelegram(toTelegramHtml(`<b>${escaped[0]}</b>${escaped[1]}`, limit)).text;
        expect(read.length).toBeLessThanOrEqual(limit);
        expect(read.isWellFormed()).toBe(true);
        expect((bold + plain).startsWith(read.replaceAll('\u2060', '').replace(/…$/, ''))).toBe(true);
      }),
    );
  });
});

describe('cutText', () => {
  it('never cuts a character that is made of several', () => {
    const family = '👩‍👩‍👧‍👦';
    expect(cutText(family.repeat(3), family.length * 2 + 3)).toBe(`${family.repeat(2)}…`);
    expect(cutText('e\u0301'.repeat(3), 4)).toBe('e\u0301…');
  });
});

const named: Record<string, string> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": '#39' };
