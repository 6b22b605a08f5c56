import { darken, lighten, mix } from '../colour.ts';
import type { Scene } from '../scene.ts';
import { curve, fill, type Point, rectangle, shape, show, stroke, verticalGradient } from '../shapes.ts';
import { drawBoat } from './features.ts';
import { drawSky } from './sky.ts';

/** Open water with the light of a low sun on it. */
export function drawSea(scene: Scene): string {
  const { width, height, unit, palette, random } = scene;
  const horizon = height * random.between(0.48, 0.6);
  const sky = drawSky(scene, horizon);
  const surface = mix(palette.sky[3], palette.far, 0.55);
  const boat = scene.wants('boat') || (scene.allows('boat') && random.chance(0.4));
  return [
    sky.markup,
    drawIslands(scene, horizon),
    `<defs>${verticalGradient('water', [{ colour: surface }, { colour: mix(palette.far, palette.near, 0.45), at: 0.45 }, { colour: darken(palette.near, 0.05) }])}</defs>`,
    rectangle(0, horizon, width, height - horizon, 'fill="url(#water)"'),
    drawSwell(scene, horizon),
    scene.allows('sun') ? drawGlitter(scene, horizon, sky.sun) : '',
    boat ? drawBoat(width * random.pick([0.27, 0.72]), horizon + (height - horizon) * 0.2, unit * 0.17, scene) : '',
    drawShore(scene),
  ].join('');
}

function drawIslands({ width, unit, palette, random }: Scene, horizon: number): string {
  let markup = '';
  for (let layer = 0; layer < 2; layer++) {
    const noise = random.line();
    const middle = width * random.between(0, 1);
    const reach = unit * random.between(0.35, 0.7);
    const tall = unit * (layer === 0 ? 0.16 : 0.09);
    const points: Point[] = [];
    for (let step = 0; step <= 40; step++) {
      const across = step / 20 - 1;
      const hump = Math.max(0, 1 - across ** 2);
      points.push([middle + across * reach, horizon + 2 - hump * tall * (0.62 + 0.5 * noise(step / 9))]);
    }
    const tone = mix(palette.far, layer === 0 ? palette.sky[3] : palette.near, layer === 0 ? 0.3 : 0.25);
    markup += shape(`${curve(points)}Z`, fill(tone));
  }
  return markup;
}

/** Long strokes that grow thicker and farther apart towards us. */
function drawSwell({ width, height, unit, palette, random }: Scene, horizon: number): string {
  let markup = '';
  for (let index = 0; index < 150; index++) {
    const near = random.next() ** 1.7;
    const y = horizon + unit * 0.004 + near * (height - horizon);
    const length = unit * (0.05 + near * 0.3) * random.between(0.5, 1.2);
    const x = random.between(-0.1, 1.05) * width;
    const dip = unit * (0.001 + near * 0.007);
    const tone = random.chance(0.5) ? lighten(palette.sky[2], 0.1) : darken(palette.near, 0.1);
    const data = curve([
      [x, y],
      [x + length * 0.25, y - dip],
      [x + length * 0.5, y],
      [x + length * 0.75, y + dip],
      [x + length, y],
    ]);
    markup += shape(data, stroke(tone, unit * (0.0008 + near * 0.0038), 0.1 + 0.16 * (1 - near)));
  }
  return markup;
}

function drawGlitter(
  { height, unit, palette, random }: Scene,
  horizon: number,
  sun: { x: number; radius: number },
): string {
  let markup = '';
  for (let index = 0; index < 120; index++) {
    const near = random.next() ** 1.3;
    const y = horizon + unit * 0.006 + near * (height - horizon) * 0.92;
    const spread = sun.radius * (0.75 + near * 1.5);
    const offset = (random.next() + random.next() - 1) * spread;
    const half = sun.radius * random.between(0.08, 0.34) * (1 - Math.abs(offset) / (spread * 1.3)) * (0.6 + near);
    const thick = unit * (0.0012 + near * 0.0042);
    const x = sun.x + offset;
    markup += shape(
      `M${show(x - half)} ${show(y)}Q${show(x)} ${show(y - thick)} ${show(x + half)} ${show(y)}Q${show(x)} ${show(y + thick)} ${show(x - half)} ${show(y)}Z`,
      fill(lighten(palette.sun, 0.2), 0.85 - near * 0.45),
    );
  }
  return markup;
}

/** A dark headland at our feet holds the picture together. */
function drawShore({ width, height, unit, palette, random }: Scene): string {
  const left = random.chance(0.5);
  const noise = random.line();
  const points: Point[] = [];
  for (let step = 0; step <= 30; step++) {
    const across = step / 30;
    const slope = (1 - across) ** 1.6;
    const x = left ? across * width * 0.62 - 10 : width - across * width * 0.62 + 10;
    points.push([
      x,
      height + 6 - slope * unit * 0.2 - Math.max(0, noise(across * 5) + 0.4) * unit * 0.035 * (1 - across),
    ]);
  }
  const corner = left ? -10 : width + 10;
  return shape(`${curve(points)}L${corner} ${height + 10}Z`, fill(darken(palette.near, 0.25)));
}
