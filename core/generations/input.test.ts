import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../errors.ts';
import { aspectRatios, type ImageModel } from '../providers/port.ts';
import { checkInput, type GenerationInput, generationIdOf, promptLimit, refOf } from './input.ts';

const model = (id: string, can: Partial<ImageModel> = {}): ImageModel => ({
  id,
  title: id,
  provider: 'test',
  aspectRatios,
  negativePrompt: true,
  imageInput: true,
  maxCount: 4,
  priceMicros: 0,
  typicalSeconds: 1,
  ...can,
});
const models = [
  model('flux-quick', { negativePrompt: false, imageInput: false, maxCount: 1, aspectRatios: ['1:1', '16:9'] }),
  model('stable-large'),
];
const check = (input: Partial<GenerationInput>) => checkInput({ prompt: 'a red fox', ...input }, models);
const refusal = (input: Partial<GenerationInput>) => {
  try {
    check(input);
  } catch (error) {
    if (error instanceof AppError) return { code: error.code, ...error.values };
    throw error;
  }
  throw new Error('it was accepted');
};
const family = '👨‍👩‍👧‍👦';
const scotland = '🏴󠁧󠁢󠁳󠁣󠁴󠁿';
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

describe('what may be asked for', () => {
  it('is completed: the first model, a square, one picture, some seed', () => {
    expect(check({})).toMatchObject({
      model: { id: 'flux-quick' },
      aspectRatio: '1:1',
      count: 1,
      style: null,
      negativePrompt: null,
    });
    expect(check({}).seed).not.toBe(check({}).seed);
  });

  it.each([
    ['letters', 'x'],
    ['families', family],
    ['families with skin tones', '👨🏻‍👩🏻‍👧🏻‍👦🏻'],
    ['flags', '🇪🇸'],
    ['flags of tags', scotland],
    ['letters with three combining marks', 'e\u0301\u0323\u0308'],
    ['letters in two parts', 'n\u0303'],
    ['Devanagari', 'क्षि'],
    ['Korean in parts', '\u1112\u1161\u11ab'],
    ['line breaks', '\r\na'],
  ])('counts %s as people see them', (_, character) => {
    const perCharacter = [...graphemes.segment(character)].length;
    const most = Math.floor(promptLimit / perCharacter);
    // Trimming takes the white space at either end.
    const longest = character.repeat(most).trim();
    expect(check({ prompt: longest }).prompt).toBe(longest.normalize('NFC'));
    expect(refusal({ prompt: `${character.repeat(most + 1)}xx` })).toMatchObject({
      code: 'prompt_too_long',
      max: 1000,
    });
  });

  it('says how many characters a prompt has that is too long', () => {
    expect(refusal({ prompt: family.repeat(1001) })).toEqual({ code: 'prompt_too_long', max: 1000, length: 1001 });
  });

  it('refuses ten megabytes fast, and a thousand characters under towers of marks', () => {
    const started = performance.now();
    expect(refusal({ prompt: 'x'.repeat(10_000_000) })).toMatchObject({ code: 'prompt_too_long', length: 10_000_000 });
    expect(performance.now() - started).toBeLessThan(100);
    expect(refusal({ prompt: `e${'\u0301'.repeat(50)}`.repeat(1000) }).code).toBe('prompt_too_long');
  });

  it.each([
    ['nothing', ''],
    ['white space', ' \n\t\u00a0\u3000\u2003 '],
    ['zero-width spaces', '\u200b'.repeat(900)],
    ['joiners', '\u200d\u200c\u2060\ufeff'],
    ['Hangul fillers', '\u3164\u115f\uffa0'],
    ['an empty Braille cell', '\u2800'],
    ['marks on nothing', '\u0301\u0301'],
    ['soft hyphens', '\u00ad'.repeat(3)],
    ['variation selectors', '\ufe0f\u{e0100}'],
  ])('calls %s no prompt', (_, prompt) => {
    expect(refusal({ prompt })).toEqual({ code: 'prompt_missing' });
  });

  it.each([
    ['a null', 'a\0fox'],
    ['an escape', 'a \u001b[31mfox'],
    ['a backspace', 'fox\b\b\bcat'],
    ['a control of the second set', 'fox\u009b31m'],
    ['half a character', 'fox \ud83d'],
    ['the other half', '\ude00 fox'],
    ['a right-to-left override', 'fox \u202egnp.exe'],
    ['an isolate', 'fox \u2067abc'],
  ])('refuses %s', (_, prompt) => {
    expect(refusal({ prompt })).toEqual({ code: 'prompt_unreadable' });
    expect(refusal({ negativePrompt: prompt, model: 'stable-large' })).toEqual({ code: 'prompt_unreadable' });
  });

  it.each([
    ['ثعلب أحمر في الثلج', 'Arabic'],
    ['שועל אדום \u200fבשלג', 'Hebrew with a mark of its own'],
    ['روباه می\u200cدود', 'Persian with a non-joiner'],
    ['line\none\ttab', 'lines and tabs'],
    ['🏳️‍🌈 and ❤️', 'joined and coloured emoji'],
    [
      "'; DROP TABLE accounts; -- <script> @everyone **bold** {{x}} $t(errors.internal)",
      'what would be code elsewhere',
    ],
  ])('takes %j: %s', (prompt) => {
    expect(check({ prompt }).prompt).toBe(prompt);
  });

  it('composes letters, and drops what is seen by nobody and joins nothing', () => {
    expect(check({ prompt: '  cafe\u0301 \u200bin\u2060 so\u00adho\ufeff ' }).prompt).toBe('café in soho');
    expect(check({ prompt: `${'fox'}${'\u200b'.repeat(5000)}` }).prompt).toBe('fox');
  });

  it.each([
    [{ model: 'stable-larg' }, { code: 'unknown_choice', option: 'model', value: 'stable-larg', near: 'stable-large' }],
    [{ model: '__proto__' }, { code: 'unknown_choice', option: 'model', near: 'flux-quick, stable-large' }],
    [{ style: 'watercolour' }, { code: 'unknown_choice', option: 'style', near: 'watercolor' }],
    [{ style: 'constructor' }, { code: 'unknown_choice', option: 'style' }],
    [{ aspectRatio: '16:10' }, { code: 'unknown_choice', option: 'aspect' }],
    [{ aspectRatio: '9:16' }, { code: 'invalid_input', field: 'aspect', allowed: '1:1, 16:9' }],
    [{ count: 2 }, { code: 'invalid_input', field: 'count', allowed: '1–1' }],
    [
      { model: 'stable-large', count: 5 },
      { code: 'invalid_input', field: 'count', allowed: '1–4' },
    ],
    ...[0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY].map((count) => [
      { count },
      { code: 'invalid_input', field: 'count' },
    ]),
    ...[-1, 2 ** 31, 0.5, Number.NaN].map((seed) => [{ seed }, { code: 'invalid_input', field: 'seed' }]),
    [{ negativePrompt: 'blur' }, { code: 'negative_unsupported', model: 'flux-quick', near: 'stable-large' }],
    [{ negativePrompt: 'x'.repeat(1001), model: 'stable-large' }, { code: 'prompt_too_long' }],
  ] as [Partial<GenerationInput>, object][])('refuses %j', (input, expected) => {
    expect(refusal(input)).toMatchObject(expected);
  });

  it('takes a negative prompt of nothing for none', () => {
    expect(check({ negativePrompt: ' \n' }).negativePrompt).toBeNull();
  });

  it('is either refused by name or readable, composed and within its limits, whatever comes', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 3000 }),
      fc.string({ unit: 'grapheme', maxLength: 1500 }),
      fc
        .array(fc.constantFrom('a', ' ', '\0', '\u202e', '\ud83d', '\u200b', '\u0301', family, '\n'))
        .map((parts) => parts.join('')),
    );
    const input = fc.record(
      {
        prompt: text,
        negativePrompt: text,
        model: fc.oneof(text, fc.constantFrom('flux-quick', 'stable-large')),
        style: fc.oneof(text, fc.constantFrom('noir', '__proto__', 'toString')),
        aspectRatio: fc.oneof(text, fc.constantFrom(...aspectRatios)),
        count: fc.oneof(fc.double(), fc.integer({ min: -1, max: 6 })),
        seed: fc.oneof(fc.double(), fc.integer()),
      },
      { requiredKeys: ['prompt'] },
    );
    fc.assert(
      fc.property(input, (asked) => {
        try {
          const { prompt, negativePrompt, count, seed } = checkInput(asked, models);
          for (const each of [prompt, ...(negativePrompt === null ? [] : [negativePrompt])]) {
            expect(each.isWellFormed()).toBe(true);
            expect(each.normalize('NFC')).toBe(each);
            expect(each.trim()).toBe(each);
            expect([...graphemes.segment(each)].length).toBeLessThanOrEqual(promptLimit);
            // Letters too new for this runtime count as visible: they may be tomorrow’s emoji.
            expect(each).toMatch(/[^\p{Z}\p{Cc}\p{Cf}]/u);
          }
          expect(count >= 1 && count <= 4 && Number.isInteger(count)).toBe(true);
          expect(seed >= 0 && seed < 2 ** 31 && Number.isInteger(seed)).toBe(true);
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
        }
      }),
      { numRuns: 1500 },
    );
  });
});

describe('names of a generation', () => {
  it('are the same for the same request, and different for any other', () => {
    const id = generationIdOf('web', 'one');
    expect(generationIdOf('web', 'one')).toBe(id);
    expect(
      new Set([id, generationIdOf('web', 'two'), generationIdOf('discord', 'one'), generationIdOf('webo', 'ne')]).size,
    ).toBe(4);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(refOf(id)).toMatch(/^[0-9a-hjkmnp-tv-z]{8}$/);
  });
});
