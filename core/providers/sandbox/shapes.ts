import type { Colour } from './colour.ts';

export type Point = readonly [number, number];

/** Numbers as SVG writes them; a tenth of a pixel is finer than anyone sees. */
export function show(value: number): string {
  return String(Math.round(value * 10) / 10);
}

export function rectangle(x: number, y: number, width: number, height: number, attributes: string): string {
  return `<rect x="${show(x)}" y="${show(y)}" width="${show(width)}" height="${show(height)}" ${attributes}/>`;
}

export function circle(x: number, y: number, radius: number, attributes: string): string {
  return `<circle cx="${show(x)}" cy="${show(y)}" r="${show(radius)}" ${attributes}/>`;
}

export function shape(data: string, attributes: string): string {
  return `<path d="${data}" ${attributes}/>`;
}

export function fill(colour: Colour, opacity = 1): string {
  return opacity === 1 ? `fill="${colour}"` : `fill="${colour}" fill-opacity="${opacity.toFixed(2)}"`;
}

export function stroke(colour: Colour, width: number, opacity = 1): string {
  return `fill="none" stroke="${colour}" stroke-width="${show(width)}" stroke-linecap="round" stroke-linejoin="round" stroke-opacity="${opacity.toFixed(2)}"`;
}

export function polygon(points: readonly Point[]): string {
  return `M${points.map(([x, y]) => `${show(x)} ${show(y)}`).join('L')}Z`;
}

/** A smooth open curve through the points (Catmull-Rom written as Béziers). */
export function curve(points: readonly Point[]): string {
  const at = (index: number): Point => points[Math.min(points.length - 1, Math.max(0, index))] ?? [0, 0];
  let data = `M${show(at(0)[0])} ${show(at(0)[1])}`;
  for (let index = 0; index < points.length - 1; index++) {
    const [before, from, to, after] = [at(index - 1), at(index), at(index + 1), at(index + 2)];
    const out = [from[0] + (to[0] - before[0]) / 6, from[1] + (to[1] - before[1]) / 6] as const;
    const into = [to[0] - (after[0] - from[0]) / 6, to[1] - (after[1] - from[1]) / 6] as const;
    data += `C${[...out, ...into, ...to].map(show).join(' ')}`;
  }
  return data;
}

/** A vertical gradient; `stops` are spread evenly from top to bottom. */
export function verticalGradient(
  id: string,
  stops: readonly { colour: Colour; opacity?: number; at?: number }[],
): string {
  const body = stops
    .map(({ colour, opacity = 1, at }, index) => {
      const offset = at ?? index / Math.max(1, stops.length - 1);
      return `<stop offset="${offset.toFixed(3)}" stop-color="${colour}" stop-opacity="${opacity}"/>`;
    })
    .join('');
  return `<linearGradient id="${id}" x1="0" y1="0" x2="0" y2="1">${body}</linearGradient>`;
}

/** Light that fades away from the middle, for suns and moons. */
export function glow(id: string, colour: Colour, strength: number): string {
  const stops = [
    [0, strength],
    [0.25, strength * 0.55],
    [0.55, strength * 0.18],
    [1, 0],
  ] as const;
  const body = stops
    .map(([at, opacity]) => `<stop offset="${at}" stop-color="${colour}" stop-opacity="${opacity.toFixed(3)}"/>`)
    .join('');
  return `<radialGradient id="${id}">${body}</radialGradient>`;
}
