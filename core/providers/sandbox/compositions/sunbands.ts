import { mix } from '../colour.ts';
import type { Scene } from '../scene.ts';
import { circle, curve, fill, type Point, rectangle, shape, show } from '../shapes.ts';
import { drawFox } from './features.ts';

/** A travel poster: one great sun over flat waves of colour, in a paper frame. */
export function drawSunBands(scene: Scene): string {
  const { width, height, unit, palette, random } = scene;
  const margin = unit * 0.055;
  const [, second, third] = palette.inks;
  const bold = [...palette.inks.slice(0, 4)].sort((a, b) => warmth(b) - warmth(a))[0] ?? second;
  const horizon = height * random.between(0.56, 0.64);
  const radius = unit * random.between(0.24, 0.3);
  const x = width * random.pick([0.36, 0.5, 0.64]);
  const y = horizon - radius * random.between(0.35, 0.75);
  const ground = palette.night ? palette.inks[4] : mix(palette.paper, third, 0.42);
  const inside = [
    rectangle(0, 0, width, height, fill(ground)),
    drawRays(scene, x, y, mix(ground, palette.night ? second : palette.paper, 0.45)),
    scene.allows('sun') ? circle(x, y, radius, fill(bold)) + sliceSun(scene, { x, y, radius }, ground) : '',
    drawWaves(scene, horizon),
    scene.wants('fox') ? drawFox(x, height - margin * 1.2, unit * 0.42, mix('#e0662b', bold, 0.3)) : '',
  ].join('');
  return [
    rectangle(0, 0, width, height, fill(palette.paper)),
    `<clipPath id="frame"><rect x="${show(margin)}" y="${show(margin)}" width="${show(width - margin * 2)}" height="${show(height - margin * 2)}" rx="${show(unit * 0.012)}"/></clipPath>`,
    `<g clip-path="url(#frame)">${inside}</g>`,
  ].join('');
}

/** Red less blue: a poster's sun is its warmest ink. */
function warmth(colour: string): number {
  return Number.parseInt(colour.slice(1, 3), 16) - Number.parseInt(colour.slice(5, 7), 16);
}

function drawRays({ width, height }: Scene, x: number, y: number, colour: string): string {
  const reach = Math.hypot(width, height);
  const rays = 18;
  let data = '';
  for (let index = 0; index < rays; index++) {
    const from = (index / rays) * Math.PI * 2;
    const to = from + Math.PI / rays;
    data += `M${show(x)} ${show(y)}L${show(x + Math.cos(from) * reach)} ${show(y + Math.sin(from) * reach)}L${show(x + Math.cos(to) * reach)} ${show(y + Math.sin(to) * reach)}Z`;
  }
  return shape(data, fill(colour, 0.5));
}

function sliceSun({ random }: Scene, sun: { x: number; y: number; radius: number }, ground: string): string {
  if (!random.chance(0.65)) return '';
  let markup = '';
  for (let index = 0; index < 5; index++) {
    const top = sun.y + sun.radius * (-0.05 + index * 0.2);
    markup += rectangle(
      sun.x - sun.radius * 1.05,
      top,
      sun.radius * 2.1,
      sun.radius * (0.022 + index * 0.016),
      fill(ground),
    );
  }
  return markup;
}

function drawWaves({ width, height, unit, palette, random }: Scene, horizon: number): string {
  const bands = 6;
  const colours = [
    palette.inks[1],
    palette.inks[2],
    palette.inks[0],
    palette.inks[3],
    palette.inks[1],
    palette.inks[4],
  ];
  let markup = '';
  for (let band = 0; band < bands; band++) {
    const base = horizon + ((height - horizon) * band) / bands;
    const swing = unit * random.between(0.018, 0.05) * (0.7 + band * 0.12);
    const length = unit * random.between(0.5, 0.95);
    const shift = random.between(0, Math.PI * 2);
    const points: Point[] = [];
    for (let x = -20; x <= width + 40; x += length / 14)
      points.push([x, base + Math.sin((x / length) * Math.PI * 2 + shift) * swing]);
    const line = curve(points);
    markup += shape(`${line}L${width + 60} ${height}L-40 ${height}Z`, fill(colours[band] ?? palette.inks[4]));
    markup += shape(line, `fill="none" stroke="${palette.paper}" stroke-width="${show(unit * 0.006)}"`);
  }
  return markup;
}
