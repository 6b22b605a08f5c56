import { darken, mix } from '../colour.ts';
import type { Scene } from '../scene.ts';
import { circle, curve, fill, glow, type Point, rectangle, shape, stroke, verticalGradient } from '../shapes.ts';

/** Thin lines one before another, as of a mountain range drawn by an instrument. */
export function drawRidgeLines(scene: Scene): string {
  const { width, height, unit, palette, random } = scene;
  const ground = darken(palette.night ? palette.sky[0] : palette.inks[4], 0.15);
  const noise = random.plane();
  const peak = width * random.between(0.4, 0.6);
  const lines = 46;
  const top = height * 0.3;
  const bottom = height * 0.93;
  const [low, high] = [palette.inks[0], palette.sky[3]];
  const [sunX, sunY, sunRadius] = [
    peak + unit * random.between(-0.1, 0.1),
    height * 0.3,
    unit * random.between(0.13, 0.19),
  ];
  let markup =
    `<defs>${verticalGradient('dusk', [{ colour: ground }, { colour: mix(ground, palette.inks[0], 0.28), at: 0.42 }, { colour: ground, at: 0.85 }])}${glow('halo', palette.inks[0], 0.7)}</defs>` +
    rectangle(0, 0, width, height, 'fill="url(#dusk)"');
  if (scene.allows('sun')) {
    markup +=
      circle(sunX, sunY, sunRadius * 3.2, 'fill="url(#halo)"') +
      circle(sunX, sunY, sunRadius, fill(mix(palette.inks[0], palette.inks[1], 0.35)));
  }
  for (let index = 0; index < lines; index++) {
    const at = index / (lines - 1);
    const base = top + (bottom - top) * at ** 1.15;
    const points: Point[] = [];
    for (let x = -10; x <= width + 10; x += width / 150) {
      const spread = Math.exp(-(((x - peak) / (width * 0.3)) ** 2));
      const rise = Math.max(
        0,
        noise((x / unit) * 3.1, at * 5.5) * 0.6 + noise((x / unit) * 9, at * 9 + 30) * 0.22 + 0.3,
      );
      points.push([x, base - rise * spread * unit * 0.27 * (1 - at * 0.35)]);
    }
    const line = curve(points);
    markup += shape(
      `${line}L${width + 20} ${base + unit * 0.25}L-20 ${base + unit * 0.25}Z`,
      fill(mix(ground, darken(ground, 0.4), at)),
    );
    markup += shape(line, stroke(mix(high, low, at), unit * (0.0015 + at * 0.0012), 0.95));
  }
  return markup;
}
