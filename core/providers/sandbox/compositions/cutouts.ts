import { mix } from '../colour.ts';
import type { Scene } from '../scene.ts';
import { circle, fill, rectangle, shape, show } from '../shapes.ts';

/** Paper cut-outs: fronds and pebbles on panels of plain colour. */
export function drawCutouts(scene: Scene): string {
  const { width, height, unit, palette, random } = scene;
  const columns = Math.max(2, Math.round((width / unit) * 2));
  const rows = Math.max(2, Math.round((height / unit) * 2));
  const [wide, tall] = [width / columns, height / rows];
  const grounds = [...palette.inks.slice(0, 4), palette.paper].map((colour) => mix(colour, palette.paper, 0.12));
  const laid: string[] = [];
  let markup = '';
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const beside = column > 0 ? laid.at(-1) : undefined;
      const above = laid.at(-columns);
      const ground = random.pick(grounds.filter((colour) => colour !== beside && colour !== above));
      laid.push(ground);
      const [x, y] = [column * wide, row * tall];
      markup += rectangle(x, y, wide + 1, tall + 1, fill(ground));
      markup += drawPanel(scene, { x: x + wide / 2, y: y + tall / 2, size: Math.min(wide, tall) }, ground);
    }
  }
  return markup;
}

type Panel = { x: number; y: number; size: number };

function drawPanel(scene: Scene, panel: Panel, ground: string): string {
  const { palette, random } = scene;
  const colours = [...palette.inks, palette.paper].filter((colour) => difference(colour, ground) > 150);
  const colour = random.pick(colours.length > 0 ? colours : [palette.inks[4]]);
  const leafy = scene.allows('leaves') && (scene.wants('leaves') || random.chance(0.6));
  const turn = random.between(-28, 28) + random.pick([0, 0, 90, 180]);
  const figure = leafy ? frond(scene, panel.size, colour) : pebble(scene, panel.size, colour);
  const dots = random.chance(0.35)
    ? circle(panel.x + panel.size * 0.34, panel.y - panel.size * 0.34, panel.size * 0.05, fill(colour))
    : '';
  return `<g transform="translate(${show(panel.x)} ${show(panel.y)}) rotate(${show(turn)})">${figure}</g>${dots}`;
}

/** A stem with pairs of rounded leaflets, all one piece of paper. */
function frond({ random }: Scene, size: number, colour: string): string {
  const pairs = random.whole(4, 5);
  const long = size * 0.38;
  let data = `M${show(-size * 0.018)} ${show(long)}L${show(size * 0.018)} ${show(long)}L${show(size * 0.006)} ${show(-long)}L${show(-size * 0.006)} ${show(-long)}Z`;
  for (let pair = 0; pair < pairs; pair++) {
    const at = pair / (pairs - 1);
    const foot = long * 0.72 - at * long * 1.45;
    const reach = size * (0.13 + 0.16 * Math.sin(Math.PI * (0.18 + at * 0.72)));
    for (const side of [-1, 1]) {
      const [tipX, tipY] = [side * reach, foot - reach * 0.75];
      data += `M0 ${show(foot)}C${show(side * reach * 0.25)} ${show(foot - reach * 0.75)} ${show(tipX * 0.85)} ${show(tipY - reach * 0.16)} ${show(tipX)} ${show(tipY)}C${show(tipX * 1.02)} ${show(tipY + reach * 0.42)} ${show(side * reach * 0.5)} ${show(foot + reach * 0.02)} 0 ${show(foot + size * 0.03)}Z`;
    }
  }
  return shape(data, fill(colour)) + circle(0, -long, size * 0.045, fill(colour));
}

function pebble({ random, palette }: Scene, size: number, colour: string): string {
  const corners = random.whole(6, 8);
  const points = Array.from({ length: corners }, (_, index) => {
    const angle = (index / corners) * Math.PI * 2;
    const radius = size * (index % 2 === 0 ? random.between(0.32, 0.42) : random.between(0.16, 0.3));
    return [Math.cos(angle) * radius, Math.sin(angle) * radius] as const;
  });
  const middle = (a: readonly [number, number], b: readonly [number, number]) =>
    [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2] as const;
  const at = (index: number) => points[index % corners] ?? ([0, 0] as const);
  const start = middle(at(corners - 1), at(0));
  let data = `M${show(start[0])} ${show(start[1])}`;
  for (let index = 0; index < corners; index++) {
    const to = middle(at(index), at(index + 1));
    data += `Q${show(at(index)[0])} ${show(at(index)[1])} ${show(to[0])} ${show(to[1])}`;
  }
  return shape(`${data}Z`, fill(colour)) + (random.chance(0.5) ? circle(0, 0, size * 0.07, fill(palette.paper)) : '');
}

function difference(a: string, b: string): number {
  const channel = (colour: string, at: number) => Number.parseInt(colour.slice(at, at + 2), 16);
  return [1, 3, 5].reduce((sum, at) => sum + Math.abs(channel(a, at) - channel(b, at)), 0);
}
