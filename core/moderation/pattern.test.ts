import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BudgetSpent, PatternError, readPattern } from './pattern.ts';

const plenty = () => ({ left: 10_000_000 });
const find = (source: string, text: string) => readPattern(source).find([...text], 0, plenty());
const found = (source: string, text: string) => {
  const span = find(source, text);
  return span && [...text].slice(span.start, span.end).join('');
};

describe('a pattern', () => {
  it.each([
    ['fox', 'a red FOX', 'FOX'],
    ['fo+x?', 'a foooX', 'foooX'],
    ['(?:red|blue) (fox|fish)', 'one Blue Fish', 'Blue Fish'],
    ['\\bcat\\b', 'concat cat', 'cat'],
    ['^a.c$', 'a\nc', 'a\nc'],
    ['[^\\s\\]]{3}', 'ab ] xyz', 'xyz'],
    ['\\p{Lu}\\d{2,3}', 'é1234', 'é123'],
    ['a{2}b{1,}', 'aabbb', 'aabbb'],
    ['🦊+', 'one 🦊🦊', '🦊🦊'],
    ['(a|ab)(c|bcd)', 'abcd', 'abcd'],
    ['(a*)*b', 'aaab', 'aaab'],
    ['((((){500}){500}){500}){500}x', 'x', 'x'],
    ['\\Bx', 'ax x', 'x'],
  ])('%s finds in %j %j', (source, text, expected) => {
    expect(found(source, text)).toBe(expected);
  });

  it.each([
    ['fox', 'foks'],
    ['a*', 'bbb'],
    ['^b', 'ab'],
    ['\\bcat\\b', 'concat'],
  ])('%s finds nothing in %j', (source, text) => {
    expect(find(source, text)).toBeNull();
  });

  it.each([
    ['(', 'syntax'],
    ['[a', 'syntax'],
    ['a{3,2}', 'syntax'],
    ['(a)\\1', 'unsupported'],
    ['a(?=b)', 'unsupported'],
    ['(?<!a)b', 'unsupported'],
    ['(?<name>a)', 'unsupported'],
    ['a*?', 'unsupported'],
    ['a{1000}', 'too_large'],
    ['(?:a{0,99}){99}', 'too_large'],
    ['((a{9}){9}){9}', 'too_large'],
  ])('%s is refused: %s', (source, fault) => {
    expect(() => readPattern(source)).toThrow(expect.objectContaining({ fault }));
    expect(() => readPattern(source)).toThrow(PatternError);
  });

  it('finds where JavaScript finds, whatever the pattern and the text', () => {
    const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\b', '^', '$', '\\w', '(?:a|b)', '(ab|)');
    const part = fc
      .tuple(atom, fc.constantFrom('', '', '?', '*', '+', '{2}', '{0,2}', '{1,}'))
      // An assertion cannot be repeated.
      .map(([one, count]) => (/^(\\b|\^|\$)$/.test(one) ? one : one + count));
    const sequence = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(''));
    const pattern = fc.array(sequence, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('|'));
    fc.assert(
      fc.property(pattern, fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' '), maxLength: 12 }), (source, text) => {
        // JavaScript takes the first way that matches and here the longest is taken: where it begins is the same,
        // unless its way there is empty.
        const expected = [...text.matchAll(new RegExp(`(?=(${source}))`, 'gisu'))];
        const least = expected.find((match) => match[1]);
        const mine = find(source, text);
        if (least) expect(mine?.start).toBeLessThanOrEqual(least.index);
        if (!mine) return;
        const cut = new RegExp(`^(?:${source})$`, 'isu');
        if (!/[\\^$]/.test(source.replaceAll('\\w', '')))
          expect([...text].slice(mine.start, mine.end).join('')).toMatch(cut);
      }),
      { numRuns: 2000 },
    );
  });

  it('takes no more time for a hostile text than for another', () => {
    for (const source of ['(a+)+$', '(a|a)*b', '(.*a){12}', '(x+x+)+y', '.*.*.*.*=', '([a-z]+)*!']) {
      const started = performance.now();
      expect(find(source, `${'ax'.repeat(1000)} `)?.end ?? 0).toBeGreaterThanOrEqual(0);
      expect(performance.now() - started, source).toBeLessThan(500);
    }
  });

  it('stops when its budget is spent', () => {
    expect(() => readPattern('(.*a){60}').find([...'a'.repeat(20_000)], 0, { left: 100_000 })).toThrow(BudgetSpent);
  });
});
