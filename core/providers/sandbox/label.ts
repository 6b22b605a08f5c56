import { show } from './shapes.ts';

/**
 * The word "sandbox" in the lower right corner, so that nobody takes a drawing for a model's work.
 * It is drawn as strokes: a container may have no font at all.
 */
export function drawLabel(width: number, height: number): string {
  const size = Math.min(width, height) * 0.0016;
  const advance = [9, 10.5, 10.5, 10.5, 10.5, 10.5, 9];
  const total = advance.reduce((sum, step) => sum + step, 0);
  let x = 0;
  const letters = [glyphs.s, glyphs.a, glyphs.n, glyphs.d, glyphs.b, glyphs.o, glyphs.x].map((glyph, index) => {
    const placed = `<path d="${glyph}" transform="translate(${show(x)} 0)"/>`;
    x += advance[index] ?? 0;
    return placed;
  });
  const [padX, padY] = [9, 6];
  const [wide, tall] = [total + padX * 2 - 2, 14 + padY * 2];
  const left = width - (wide + 10) * size;
  const top = height - (tall + 10) * size;
  return (
    `<g transform="translate(${show(left)} ${show(top)}) scale(${size.toFixed(3)})">` +
    `<rect width="${show(wide)}" height="${show(tall)}" rx="${show(tall / 2)}" fill="#0b0b14" fill-opacity="0.56"/>` +
    `<g transform="translate(${padX} ${padY + 1})" fill="none" stroke="#fff" stroke-opacity="0.9" stroke-width="1.35" stroke-linecap="round" stroke-linejoin="round">${letters.join('')}</g></g>`
  );
}

/** Lower-case letters: x-height from 5 to 12, ascenders from 1. */
const glyphs = {
  s: 'M6 6.2C5 4.9 1 4.7 1 6.9C1 9.2 6.2 7.9 6.2 10.2C6.2 12.6 1.6 12.3 .6 10.8',
  a: 'M7.5 5V12M7.5 8.5A3.4 3.5 0 1 1 .7 8.5A3.4 3.5 0 1 1 7.5 8.5',
  n: 'M1 12V5M1 8.2C1 6.2 2.4 5 4.2 5C6 5 7.2 6.2 7.2 8.2V12',
  d: 'M7.5 1V12M7.5 8.5A3.4 3.5 0 1 1 .7 8.5A3.4 3.5 0 1 1 7.5 8.5',
  b: 'M1 1V12M7.8 8.5A3.4 3.5 0 1 1 1 8.5A3.4 3.5 0 1 1 7.8 8.5',
  o: 'M7.5 8.5A3.4 3.5 0 1 1 .7 8.5A3.4 3.5 0 1 1 7.5 8.5',
  x: 'M1 5L6.6 12M6.6 5L1 12',
};
