import type { PromptRule } from '@prisma/client';
import { type Budget, type Pattern, readPattern } from './pattern.ts';
import { readAll } from './rules.ts';

/** What a rule is made of, as far as it reads and changes texts. */
export type RuleText = Pick<PromptRule, 'match' | 'text' | 'replacement'>;

/** A rule that is ready to be held against prompts. */
export type CompiledRule = {
  /** Whether any reading of the prompt has what the rule is about. Throws BudgetSpent. */
  hits(prompt: string, budget: Budget): boolean;
  /** The prompt with everything it is about replaced; the same text when there is nothing. Throws BudgetSpent. */
  replace(prompt: string, budget: Budget): string;
};

/**
 * Literals are held against the text and against what it means where letters are masked, patterns against the text
 * alone. Throws PatternError.
 */
export function compileRule({ match, text, replacement }: RuleText): CompiledRule {
  return match === 'literal' ? compileLiteral(text, replacement) : compilePattern(readPattern(text), replacement);
}

function compileLiteral(text: string, replacement: string): CompiledRule {
  const words = new RegExp(readAll(text).map(toSource).join('|'), 'giu');
  const readingOf = (prompt: string) => readAll(prompt).find((reading) => reading.search(words) >= 0);
  const without = (prompt: string) => readingOf(prompt)?.replaceAll(words, () => replacement) ?? prompt;
  return {
    hits: (prompt) => readingOf(prompt) !== undefined,
    // What stands there openly is replaced in its place; the rest is read only where something in it is masked.
    replace: (prompt) => prompt.split(words).map(without).join(replacement),
  };
}

/** Whole words alone, with any blanks between them: so `ass` is not found in `glass`. */
function toSource(text: string): string {
  const words = text.trim().split(/\s+/).join(' ');
  const source = words.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&').replaceAll(' ', '\\s+');
  const before = startsWithWord.test(words) ? '(?<![\\p{L}\\p{N}])' : '';
  const after = endsWithWord.test(words) ? '(?![\\p{L}\\p{N}])' : '';
  return before + source + after;
}

/** Scripts that put no blanks between words have no whole words to look for. */
const unspaced =
  '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}';
const startsWithWord = new RegExp(`^(?![${unspaced}])[\\p{L}\\p{N}]`, 'u');
const endsWithWord = new RegExp(`(?![${unspaced}])[\\p{L}\\p{N}]$`, 'u');

function compilePattern(pattern: Pattern, replacement: string): CompiledRule {
  const plain = (prompt: string) => [...(readAll(prompt)[0] ?? '')];
  return {
    hits: (prompt, budget) => pattern.find(plain(prompt), 0, budget) !== null,
    replace(prompt, budget) {
      const characters = plain(prompt);
      const parts: string[] = [];
      let at = 0;
      for (let span = pattern.find(characters, 0, budget); span; span = pattern.find(characters, at, budget)) {
        parts.push(...characters.slice(at, span.start), replacement);
        at = span.end;
      }
      return at === 0 ? prompt : [...parts, ...characters.slice(at)].join('');
    },
  };
}
