import { describe, expect, it } from 'vitest';
import { escapeMarkdown, renderMarkdown } from './markup.ts';
import { readMarkdown } from './read-markdown.ts';

const escapeHtml = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

describe('renderMarkdown', () => {
  it.each([
    ['<b>bold</b> and <i>slanted</i>', '**bold** and *slanted*'],
    ['<b>a <i>b</i></b>', '**a *b***'],
    ['<code>a1b2</code>', '`a1b2`'],
    ['<code>a*b_c</code>', '`a*b_c`'],
    ['<code>a`b</code>', '``a`b``'],
    ['<code>`a`</code>', '`` `a` ``'],
    ['<code></code>', ''],
    ['<time datetime="2026-11-21T12:00:00.000Z">21 Nov</time>', '<t:1795262400:f> (<t:1795262400:R>)'],
    ['<time datetime="2026-11-21T12:00:00.000Z" data-distance>21 Nov</time>', '<t:1795262400:R>'],
    ['<time datetime="someday">some day</time>', 'some day'],
    ['<a href="https://easel.example/a?b=1&amp;c=2">here</a>', '[here](<https://easel.example/a?b=1&c=2>)'],
    ['<a href="https://easel.example/(x)">here</a>', '[here](<https://easel.example/%28x%29>)'],
    ['<a href="https://easel.example/">https://easel.example/</a>', '<https://easel.example/>'],
    ['<a href="javascript:alert(1)">here</a>', 'here'],
    ['two\nlines', 'two\nlines'],
    ['a: b 1/2 x-y #3', 'a: b 1\\/2 x-y #3'],
  ])('writes %s', (html, markdown) => {
    expect(renderMarkdown(html)).toBe(markdown);
  });

  it.each(['a``b', '```js\nx\n```', '`', '``', 'x`'])('keeps code with backticks literal: %s', (text) => {
    const read = readMarkdown(`before ${renderMarkdown(`<code>${escapeHtml(text)}</code>`)} after`);
    expect(read.text).toBe(`before ${text} after`);
  });
});

const hostile = [
  '# big',
  '## big',
  '-# small',
  '  - item',
  '* item',
  '+ item',
  '1. one\n2. two',
  '> quote',
  '>>> all of it',
  'a\n# b\n> c',
  '**b** *i* __u__ _i_ ~~s~~ ||spoiler||',
  '***x***',
  '`code`',
  '```js\nalert(1)\n```',
  '``a`b``',
  '@everyone',
  '@here',
  '<@1234567890>',
  '<@!1234567890>',
  '<@&1234567890>',
  '<#1234567890>',
  '</imagine:1234567890>',
  '<id:customize>',
  '<t:1700000000:R>',
  '<:fox:1234567890>',
  '<a:fox:1234567890>',
  ':fox:',
  'a :smile: b',
  '[tap](https://evil.example)',
  '[tap](<https://evil.example>)',
  'https://evil.example/x_y_z',
  '<https://evil.example>',
  'http://evil.example',
  'discord.gg/evil',
  'https://discord.gg/evil',
  'discord.com/invite/evil',
  '\\*kept\\*',
  '\\',
  '\\\\',
  'end\\',
  'a\\@everyone',
  '*',
  '_',
  '[](',
  'x*y*z',
  '🦊 **fox** é',
];

describe('escapeMarkdown', () => {
  it.each(hostile)('shows %s as it was written', (text) => {
    expect(readMarkdown(escapeMarkdown(text))).toEqual({ text, mentions: [], links: [] });
  });

  it.each(hostile)('and within markup: %s', (text) => {
    expect(readMarkdown(renderMarkdown(`<b>${escapeHtml(text)}</b>!`))).toEqual({
      text: `${text}!`,
      mentions: [],
      links: [],
    });
  });

  it('is tested by a reader that does see markup', () => {
    expect(readMarkdown('# **hi** <@123456> [x](https://a.example) @everyone')).toEqual({
      text: 'hi ⟦<@123456>⟧ x ⟦@everyone⟧',
      mentions: ['<@123456>', '@everyone'],
      links: ['https://a.example'],
    });
  });
});

describe('cutting', () => {
  it.each([
    ['x', 'x'.repeat(3000)],
    ['a family of several code points', '👨‍👩‍👧‍👦'.repeat(400)],
    ['a combining accent', 'e\u0301'.repeat(1500)],
    ['what needs escaping', '*'.repeat(1500)],
  ])('ends between whole characters: %s', (_what, text) => {
    const cut = renderMarkdown(`<b>${text}</b>`);
    expect(cut.length).toBeLessThanOrEqual(2000);
    expect(cut.length).toBeGreaterThan(1980);
    const read = readMarkdown(cut).text;
    expect(read.endsWith('…')).toBe(true);
    const kept = read.slice(0, -1);
    expect(text.startsWith(kept)).toBe(true);
    const unit = [...new Intl.Segmenter('en').segment(text)][0]?.segment as string;
    expect(kept.length % unit.length).toBe(0);
  });

  it('leaves what fits exactly as it is', () => {
    expect(renderMarkdown('x'.repeat(2000))).toBe('x'.repeat(2000));
    expect(renderMarkdown('x'.repeat(2001))).toBe(`${'x'.repeat(1999)}…`);
  });

  it('closes every mark and cuts no address', () => {
    expect(renderMarkdown('<b>ab<i>cdefgh</i></b>', 10)).toBe('**ab*c…***');
    expect(renderMarkdown('abcdef <a href="https://easel.example/">here</a>', 20)).toBe('abcdef …');
    expect(renderMarkdown('<code>abcdefghij</code>', 8)).toBe('`abcde`…');
  });

  it('stays within a smaller limit', () => {
    for (let limit = 12; limit < 60; limit++) {
      const cut = renderMarkdown(
        '<b>*one*</b> <i>two</i> <code>th`ree</code> <a href="https://a.example">four</a> [five] six seven eight nine',
        limit,
      );
      expect(cut.length).toBeLessThanOrEqual(limit);
    }
  });
});
