/**
 * What somebody typed, fit to be quoted back: one line of at most `length` characters as people see
 * them, without controls, direction marks that would turn the words around it, and halves of characters.
 */
export function excerpt(text: string, length: number): string {
  const line = text
    .slice(0, length * longestCharacter)
    .toWellFormed()
    .replaceAll(/\s+/g, ' ')
    .replaceAll(unquotable, '')
    .trim();
  const characters = [...segmenter.segment(line)];
  if (characters.length <= length && text.length <= length * longestCharacter) return line;
  const kept = characters.slice(0, length - 1).map(({ segment }) => segment);
  return `${kept.join('')}…`;
}

/** Code units of the longest characters that people use: families of four with skin tones have 19. */
export const longestCharacter = 20;

const unquotable = /[\p{Cc}\ufffd\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu;
const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
