import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFakeDispatch } from './fake-dispatch.ts';
import { parseCommand } from './parse-command.ts';

const { commands } = createFakeDispatch();
const inputOf = (text: string) => parseCommand(text, commands)?.input;

describe('parseCommand', () => {
  it.each([
    ['/imagine a red fox', { prompt: 'a red fox' }],
    [
      '/imagine a red fox --aspect 16:9 --count 2 --style noir',
      { prompt: 'a red fox', aspect: '16:9', count: 2, style: 'noir' },
    ],
    ['/imagine a red fox --aspect=16:9 --count=2', { prompt: 'a red fox', aspect: '16:9', count: 2 }],
    ['/imagine --count 2 a red fox', { prompt: 'a red fox', count: 2 }],
    ['/imagine a fox --count 2 in the snow', { prompt: 'a fox in the snow', count: 2 }],
    ['/imagine a fox —aspect 9:16 –count 3', { prompt: 'a fox', aspect: '9:16', count: 3 }],
    ['/imagine a fox —quick and red— jumps — high', { prompt: 'a fox —quick and red— jumps — high' }],
    [
      '/imagine a fox --negative blurry hands --aspect 1:1',
      { prompt: 'a fox', negative: 'blurry hands', aspect: '1:1' },
    ],
    [
      '/imagine a fox --negative "blurry --count 3 hands" --aspect 1:1',
      { prompt: 'a fox', negative: 'blurry --count 3 hands', aspect: '1:1' },
    ],
    ['/imagine a fox --style “film noir” --count 2', { prompt: 'a fox', style: 'film noir', count: 2 }],
    ['/imagine a fox --negative="no hands"', { prompt: 'a fox', negative: 'no hands' }],
    ['/imagine --negative hands a fox', { prompt: 'a fox', negative: 'hands' }],
    ['/imagine a sign that says "OPEN"', { prompt: 'a sign that says "OPEN"' }],
    ['/imagine a fox\nunder a tree\n--count 2', { prompt: 'a fox\nunder a tree', count: 2 }],
    ['/imagine --count 2 -- --aspect is a word -- here', { prompt: '--aspect is a word -- here', count: 2 }],
    ['/imagine a fox -- in snow', { prompt: 'a fox -- in snow' }],
    ['/imagine well--known 3--4 --5 foxes', { prompt: 'well--known 3--4 --5 foxes' }],
    ['/imagine a fox --ASPECT 16:9', { prompt: 'a fox', aspect: '16:9' }],
    ['/imagine a fox --count 1 --count 3', { prompt: 'a fox', count: 3 }],
    ['/imagine a fox --count many', { prompt: 'a fox', count: 'many' }],
    ['/imagine a fox --aspct 16:9', { prompt: 'a fox', aspct: '16:9' }],
    ['/imagine a fox --prompt "an owl"', { prompt: 'an owl' }],
    ['/show 3f', { id: '3f' }],
    ['/imagine', {}],
    ['/help me', {}],
    ['/nothing --here at', { here: 'at' }],
  ])('%s', (text, input) => {
    expect(inputOf(text)).toEqual(input);
  });

  it('keeps the name of an option that came without a value', () => {
    expect(parseCommand('/imagine a fox --style', commands)).toMatchObject({
      input: { prompt: 'a fox' },
      withoutValue: 'style',
    });
    expect(parseCommand('/imagine --style= a fox', commands)).toMatchObject({
      input: { prompt: 'a fox' },
      withoutValue: 'style',
    });
    expect(parseCommand('/imagine --style --count 2', commands)).toMatchObject({
      input: { count: 2 },
      withoutValue: 'style',
    });
  });

  it('knows the bot that was named', () => {
    expect(parseCommand('/Imagine@Easel_Bot a fox', commands)).toMatchObject({
      name: 'imagine',
      bot: 'easel_bot',
      input: { prompt: 'a fox' },
    });
  });

  it.each(['a red fox', '', '/', '/ imagine', 'see /imagine', '/imagine! a fox', '/home/fox', '/imagine@ x'])(
    'is no command: %j',
    (text) => {
      expect(parseCommand(text, commands)).toBeNull();
    },
  );

  it('gives an option called __proto__ no power', () => {
    const input = inputOf('/imagine a fox --__proto__ x');
    expect(Object.getPrototypeOf(input)).toBe(Object.prototype);
  });

  const words = fc.string({ unit: 'grapheme', maxLength: 60 });
  const prose = words.map((text) => text.replace(/[-—–]/g, '+').trim()).filter(Boolean);

  it('gives any prompt without options back as it was', () => {
    fc.assert(
      fc.property(prose, (prompt) => {
        expect(inputOf(`/imagine ${prompt}`)).toEqual({ prompt });
      }),
    );
  });

  it('gives any text after a lone -- back as it was', () => {
    fc.assert(
      fc.property(words.map((text) => text.trim()).filter(Boolean), (prompt) => {
        expect(inputOf(`/imagine --count 2 -- ${prompt}`)).toEqual({ prompt, count: 2 });
      }),
    );
  });

  it('gives any quoted value back, wherever the option stands', () => {
    const value = words.map((text) => text.replace(/["“”]/g, '')).filter((text) => text !== '');
    fc.assert(
      fc.property(prose, value, fc.boolean(), fc.constantFrom(' ', '='), (prompt, negative, first, joint) => {
        const option = `--negative${joint}"${negative}"`;
        expect(inputOf(first ? `/imagine ${option} ${prompt}` : `/imagine ${prompt} ${option}`)).toEqual({
          prompt,
          negative,
        });
      }),
    );
  });

  it('never throws', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('-', '—', '"', '“', '=', ' ', '\n', 'a', 'count', 'style', '/') }),
        (rest) => {
          expect(parseCommand(`/imagine ${rest}`, commands)?.name).toBe('imagine');
        },
      ),
    );
  });
});
