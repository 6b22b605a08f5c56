import { lightness, mix } from '../colour.ts';
import type { Scene } from '../scene.ts';
import { curve, fill, type Point, rectangle, shape, stroke } from '../shapes.ts';

const cell = 4;

/** Ribbons that follow one slow current and never touch. */
export function drawFlow(scene: Scene): string {
  const { width, height, unit, palette, random } = scene;
  const columns = Math.ceil(width / cell);
  const rows = Math.ceil(height / cell);
  const taken = new Uint8Array(columns * rows);
  const current = makeCurrent(scene);
  const ground = palette.night ? palette.inks[4] : palette.paper;
  const colours = palette.inks.filter((colour) => Math.abs(lightness(colour) - lightness(ground)) > 0.08);
  const regions = random.plane();
  let markup = rectangle(0, 0, width, height, fill(ground));
  for (const [share, attempts] of [
    [0.05, 60],
    [0.032, 160],
    [0.018, 420],
    [0.009, 1100],
    [0.0045, 2200],
  ] as const) {
    for (let attempt = 0; attempt < attempts; attempt++) {
      const ribbon = share * unit;
      const start: Point = [random.between(-0.02, 1.02) * width, random.between(-0.02, 1.02) * height];
      const path = follow({
        start,
        ribbon,
        current,
        taken,
        columns,
        rows,
        longest: unit * random.between(0.35, 1.3),
      });
      if (path.length * 3 < ribbon * 2.2 + unit * 0.02) continue;
      occupy({ path, ribbon, taken, columns, rows });
      // Neighbours share a colour, so that the picture has areas and not confetti.
      const region = regions((start[0] / unit) * 1.3, (start[1] / unit) * 1.3) * 0.5 + 0.5;
      const index = Math.floor(Math.min(0.999, Math.max(0, region + random.between(-0.16, 0.16))) * colours.length);
      const colour = random.chance(0.14) ? random.pick(colours) : (colours[index] ?? palette.inks[0]);
      markup += shape(
        curve(path.filter((_, at) => at % 3 === 0)),
        stroke(mix(colour, ground, random.between(0, 0.12)), ribbon),
      );
    }
  }
  return markup;
}

function makeCurrent({ unit, random }: Scene): (x: number, y: number) => number {
  const noise = random.plane();
  const heading = random.between(0, Math.PI * 2);
  const bend = random.between(1.1, 2.3);
  const scale = random.between(0.8, 1.5) / unit;
  return (x, y) => heading + noise(x * scale, y * scale) * Math.PI * bend;
}

type Search = {
  start: Point;
  ribbon: number;
  current: (x: number, y: number) => number;
  taken: Uint8Array;
  columns: number;
  rows: number;
  longest: number;
};

/** Steps of three pixels both ways from the start, as far as there is room. */
function follow({ start, ribbon, current, taken, columns, rows, longest }: Search): Point[] {
  const gap = ribbon / 2 + cell * 0.75;
  const free = (x: number, y: number) => isFree({ x, y, gap, taken, columns, rows });
  if (!free(start[0], start[1])) return [];
  const walk = (direction: 1 | -1): Point[] => {
    const points: Point[] = [];
    let [x, y] = start;
    for (let length = 0; length < longest / 2; length += 3) {
      const angle = current(x, y);
      x += Math.cos(angle) * 3 * direction;
      y += Math.sin(angle) * 3 * direction;
      if (!free(x, y)) break;
      points.push([x, y]);
    }
    return points;
  };
  return [...walk(-1).reverse(), start, ...walk(1)];
}

function isFree(at: { x: number; y: number; gap: number; taken: Uint8Array; columns: number; rows: number }): boolean {
  const reach = Math.ceil(at.gap / cell);
  const [column, row] = [Math.floor(at.x / cell), Math.floor(at.y / cell)];
  if (column < -reach - 8 || row < -reach - 8 || column > at.columns + reach + 8 || row > at.rows + reach + 8)
    return false;
  for (let down = -reach; down <= reach; down++) {
    for (let across = -reach; across <= reach; across++) {
      if ((down * down + across * across) * cell * cell > at.gap * at.gap) continue;
      const [c, r] = [column + across, row + down];
      if (c >= 0 && r >= 0 && c < at.columns && r < at.rows && at.taken[r * at.columns + c]) return false;
    }
  }
  return true;
}

function occupy(area: {
  path: readonly Point[];
  ribbon: number;
  taken: Uint8Array;
  columns: number;
  rows: number;
}): void {
  const reach = Math.ceil(area.ribbon / 2 / cell);
  for (const [x, y] of area.path) {
    const [column, row] = [Math.floor(x / cell), Math.floor(y / cell)];
    for (let down = -reach; down <= reach; down++) {
      for (let across = -reach; across <= reach; across++) {
        const [c, r] = [column + across, row + down];
        if (down * down + across * across > reach * reach) continue;
        if (c >= 0 && r >= 0 && c < area.columns && r < area.rows) area.taken[r * area.columns + c] = 1;
      }
    }
  }
}
