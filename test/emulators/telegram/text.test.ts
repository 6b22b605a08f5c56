import { expect, test } from 'vitest';
import { detectEntities, formatText, renderHtml } from './text.ts';

test.each([
  ['<b>bold <i>both</i></b> plain', 'bold both plain'],
  ['<a href="https://easel.example/?a=1&amp;b=2">link</a>', 'link'],
  ['<pre><code class="language-js">let a</code></pre>', 'let a'],
  ['<blockquote expandable>long</blockquote>', 'long'],
  ['<tg-spoiler>secret</tg-spoiler> &lt;b&gt; &amp; &quot;', 'secret <b> & "'],
])('%s comes back as it was', (html, text) => {
  const formatted = formatText(html, 'HTML', []);
  expect(formatted.text).toBe(text);
  expect(renderHtml(formatted)).toBe(html);
});

test('other names of the same tag, upper case and unknown references are understood', () => {
  const formatted = formatText(
    "<STRONG>a</STRONG> <span class='tg-spoiler'>b</span> &copy; &#x1F98A; <b>c</>",
    'html',
    [],
  );
  expect(renderHtml(formatted)).toBe('<b>a</b> <tg-spoiler>b</tg-spoiler> &amp;copy; 🦊 <b>c</b>');
});

test('a link to nowhere leaves its text, and white space at the ends goes with its formatting', () => {
  expect(formatText(' <a href="localhost">x</a> <b> y </b> ', 'HTML', [])).toEqual({
    text: 'x  y',
    entities: [{ type: 'bold', offset: 2, length: 2 }],
  });
});

test('commands, names and addresses are found where there is no formatting', () => {
  const found = detectEntities({ text: '/start@easel_bot see https://a.example/x @ann 1/2', entities: [] });
  expect(found.entities).toEqual([
    { type: 'bot_command', offset: 0, length: 16 },
    { type: 'url', offset: 21, length: 19 },
    { type: 'mention', offset: 41, length: 4 },
  ]);
});
