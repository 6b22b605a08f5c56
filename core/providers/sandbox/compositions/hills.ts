import { lighten, mix } from '../colour.ts';
import type { Scene } from '../scene.ts';
import { curve, fill, type Point, shape, show, verticalGradient } from '../shapes.ts';
import { drawFir, drawFox, drawHouse, drawRoundTree } from './features.ts';
import { drawSky } from './sky.ts';

/** Ridge behind ridge in thinning mist, under a low sun. */
export function drawHills(scene: Scene): string {
  const { height, random } = scene;
  const horizon = height * random.between(0.56, 0.66);
  const count = random.whole(5, 7);
  const sky = drawSky(scene, horizon);
  const ridges = Array.from({ length: count }, (_, index) => drawRidge(scene, horizon, index / (count - 1)));
  return sky.markup + ridges.join('');
}

/** `depth` 0 is the farthest ridge, 1 the one at our feet. */
function drawRidge(scene: Scene, horizon: number, depth: number): string {
  const { width, height, palette, random } = scene;
  const crest = makeCrest(scene, horizon, depth);
  const top = mix(palette.far, palette.near, depth ** 1.15);
  const mist = mix(top, depth < 0.75 ? palette.sky[3] : palette.near, depth < 0.75 ? 0.55 * (1 - depth) + 0.12 : 0.3);
  const id = `ridge${Math.round(depth * 100)}`;
  const points: Point[] = [];
  for (let x = -20; x <= width + 20; x += width / 60) points.push([x, crest(x)]);
  const body = shape(`${curve(points)}L${width + 40} ${height + 20}L-40 ${height + 20}Z`, `fill="url(#${id})"`);
  const lowest = Math.min(...points.map(([, y]) => y));
  const fade = Math.min(1, (height * 0.22) / (height - lowest));
  return [
    `<defs>${verticalGradient(id, [
      { colour: top, at: 0 },
      { colour: mist, at: fade },
      { colour: mist, at: 1 },
    ])}</defs>`,
    depth > 0.3 && depth < 1 ? growTrees(scene, crest, depth, top) : '',
    body,
    depth === 1 ? drawForeground(scene, crest) : '',
    depth > 0.4 && depth < 1 && random.chance(0.5) ? drawMistBand(scene, crest(width / 2), depth) : '',
  ].join('');
}

function makeCrest({ height, unit, width, random, wants }: Scene, horizon: number, depth: number) {
  const noise = random.line();
  const base = horizon + (height - horizon) * (depth * 0.86) - unit * 0.03;
  const smooth = wants('desert') || random.chance(0.3);
  const rough = unit * (0.05 + 0.1 * (1 - depth)) * (smooth ? 0.8 : 1.25);
  const wave = (smooth ? 1.3 : 2.6) * (1 + depth * 0.3);
  const start = random.between(0, 40);
  return (x: number) => base - (noise(start + (x / width) * wave * (width / unit)) + 0.25) * rough;
}

function growTrees(scene: Scene, crest: (x: number) => number, depth: number, colour: string): string {
  const { width, unit, random, palette } = scene;
  if (!scene.allows('trees') || scene.wants('desert')) return '';
  const wooded = scene.wants('trees');
  if (!wooded && !random.chance(0.55)) return '';
  const conifers = palette.name !== 'blossom' && palette.name !== 'meadow';
  const groves = random.line();
  const size = unit * (0.02 + depth * 0.085);
  let markup = '';
  for (let x = -size; x < width + size; x += size * (wooded ? 0.2 : 0.34)) {
    const density = groves((x / unit) * 2.2) + (wooded ? 0.45 : -0.12);
    if (density < random.between(0, 0.5)) continue;
    const at = x + random.between(-0.3, 0.3) * size;
    const tall = size * random.between(0.55, 1.25);
    const shade = mix(colour, palette.near, random.between(0.05, 0.3));
    markup += conifers
      ? drawFir(at, crest(at) + size * 0.12, tall * 1.3, shade, random.between(-0.02, 0.02) * tall)
      : drawRoundTree(at, crest(at) + size * 0.1, tall, mix(shade, palette.inks[0], 0.35));
  }
  return markup;
}

function drawMistBand({ width, unit, palette, random }: Scene, y: number, depth: number): string {
  const middle = y + unit * random.between(0.05, 0.1);
  const tone = lighten(palette.sky[3], 0.2);
  return `<ellipse cx="${show(width * random.between(0.2, 0.8))}" cy="${show(middle)}" rx="${show(width * 0.95)}" ry="${show(unit * 0.028)}" ${fill(tone, 0.13 * (1 - depth) + 0.05)}/>`;
}

function drawForeground(scene: Scene, crest: (x: number) => number): string {
  const { width, unit, random, palette } = scene;
  let markup = drawGrass(scene, crest);
  if (scene.wants('house')) {
    const x = width * random.pick([0.26, 0.72]);
    markup += drawHouse(x, crest(x) + unit * 0.02, unit * 0.15, scene);
  }
  if (scene.wants('fox')) {
    const x = width * random.pick([0.3, 0.5, 0.68]);
    markup += drawFox(x, crest(x) + unit * 0.035, unit * 0.3, mix('#e0662b', palette.inks[0], 0.25));
  }
  return markup;
}

function drawGrass({ width, unit, palette, random, wants }: Scene, crest: (x: number) => number): string {
  if (wants('desert')) return '';
  let blades = '';
  for (let x = 0; x < width; x += unit * 0.005) {
    const [tall, lean] = [unit * random.between(0.006, 0.022), unit * random.between(-0.007, 0.009)];
    const y = crest(x) + 2;
    blades += `M${show(x - 1.2)} ${show(y)}L${show(x + lean)} ${show(y - tall)}L${show(x + 1.2)} ${show(y)}Z`;
  }
  return shape(blades, fill(palette.near));
}
