import type { Scene } from '../scene.ts';
import { circle, fill, polygon, rectangle, shape, show } from '../shapes.ts';

/** A grid of plain shapes, in the manner of a printed poster of the nineteen-twenties. */
export function drawTiles(scene: Scene): string {
  const { width, height, unit, palette, random } = scene;
  const margin = unit * 0.065;
  const across = random.pick([3, 4, 5]);
  const cell = (unit - margin * 2) / across;
  const columns = Math.floor((width - margin * 2) / cell + 0.001);
  const rows = Math.floor((height - margin * 2) / cell + 0.001);
  const [left, top] = [(width - columns * cell) / 2, (height - rows * cell) / 2];
  let markup = rectangle(0, 0, width, height, fill(palette.paper));
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      markup += `<g transform="translate(${show(left + column * cell)} ${show(top + row * cell)})">${drawTile(scene, cell)}</g>`;
    }
  }
  // Two discs over the grid's lines break its regularity.
  for (let index = 0; index < Math.max(1, Math.round((columns * rows) / 9)); index++) {
    const [x, y] = [
      left + random.whole(1, Math.max(1, columns - 1)) * cell,
      top + random.whole(1, Math.max(1, rows - 1)) * cell,
    ];
    markup +=
      circle(x, y, cell * 0.3, fill(random.pick(palette.inks))) + circle(x, y, cell * 0.12, fill(palette.paper));
  }
  return markup;
}

function drawTile({ palette, random }: Scene, size: number): string {
  const colours = [...palette.inks, palette.paper];
  const ground = random.pick(colours);
  const rest = colours.filter((colour) => colour !== ground);
  const first = random.pick(rest);
  const second = random.pick(rest.filter((colour) => colour !== first));
  const turn = random.whole(0, 3) * 90;
  const half = size / 2;
  const quarter = (radius: number, colour: string) =>
    shape(`M0 0H${show(radius)}A${show(radius)} ${show(radius)} 0 0 1 0 ${show(radius)}Z`, fill(colour));
  const motif = random.pick([
    () => quarter(size, first),
    () => quarter(size, first) + quarter(size * 0.66, second) + quarter(size * 0.33, ground),
    () => circle(half, half, half, fill(first)) + circle(half, half, half * 0.5, fill(second)),
    () =>
      shape(`M0 0H${show(size)}A${show(half)} ${show(half)} 0 0 1 0 0Z`, fill(first)) +
      shape(`M0 ${show(half)}H${show(size)}A${show(half)} ${show(half)} 0 0 1 0 ${show(half)}Z`, fill(second)),
    () =>
      shape(
        `M0 0A${show(size)} ${show(size)} 0 0 1 ${show(size)} ${show(size)}A${show(size)} ${show(size)} 0 0 1 0 0Z`,
        fill(first),
      ),
    () =>
      shape(
        polygon([
          [0, 0],
          [size, 0],
          [0, size],
        ]),
        fill(first),
      ),
    () => [0, 1, 2, 3, 4].map((index) => rectangle(0, (index * size) / 5, size, size / 10, fill(first))).join(''),
    () => `${quarter(size, first)}<g transform="rotate(180 ${show(half)} ${show(half)})">${quarter(half, second)}</g>`,
    () => circle(half, half, size * 0.17, fill(first)),
  ]);
  return `${rectangle(-0.3, -0.3, size + 0.6, size + 0.6, fill(ground))}<g transform="rotate(${turn} ${show(half)} ${show(half)})">${motif()}</g>`;
}
