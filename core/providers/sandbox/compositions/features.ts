import { type Colour, darken, lighten, mix } from '../colour.ts';
import type { Scene } from '../scene.ts';
import { circle, fill, polygon, rectangle, shape, show } from '../shapes.ts';

/** A fir with its foot at (x, y). */
export function drawFir(x: number, y: number, height: number, colour: Colour, lean: number): string {
  const half = height * 0.2;
  const tiers = [0, 0.24, 0.46].map((from, tier) => {
    const wide = half * (0.55 + tier * 0.22);
    const [top, bottom] = [y - height * (1 - from), y - height * (0.56 - tier * 0.24)];
    return polygon([
      [x + lean * (1 - from), top],
      [x + wide, bottom],
      [x - wide, bottom],
    ]);
  });
  return (
    rectangle(x - height * 0.018, y - height * 0.1, height * 0.036, height * 0.14, fill(darken(colour, 0.2))) +
    shape(tiers.join(''), fill(colour))
  );
}

/** A round-headed tree with its foot at (x, y). */
export function drawRoundTree(x: number, y: number, height: number, colour: Colour): string {
  return (
    rectangle(x - height * 0.03, y - height * 0.5, height * 0.06, height * 0.54, fill(darken(colour, 0.3))) +
    `<ellipse cx="${show(x)}" cy="${show(y - height * 0.66)}" rx="${show(height * 0.24)}" ry="${show(height * 0.34)}" ${fill(colour)}/>` +
    `<ellipse cx="${show(x - height * 0.06)}" cy="${show(y - height * 0.72)}" rx="${show(height * 0.13)}" ry="${show(height * 0.22)}" ${fill(lighten(colour, 0.12), 0.5)}/>`
  );
}

/** A sitting fox seen from the front; (x, y) is between its paws. */
export function drawFox(x: number, y: number, height: number, coat: Colour): string {
  const dark = darken(coat, 0.45);
  const light = '#fbeedd';
  const parts = [
    ['M68 98C96 100 112 76 100 46C100 66 88 78 68 82Z', fill(darken(coat, 0.1))],
    ['M100 46C104 58 103 68 97 78C92 76 90 70 93 63C96 57 99 52 100 46Z', fill(light)],
    ['M30 100C27 76 36 56 52 44C68 56 77 76 74 100Z', fill(coat)],
    ['M42 58L52 92L62 58L52 50Z', fill(light)],
    ['M38 100L41 84L46 100ZM58 100L63 84L66 100Z', fill(dark)],
    ['M30 6L44 22L60 22L74 6L78 33L52 58L26 33Z', fill(coat)],
    ['M33 13L41 23L31 27ZM71 13L63 23L73 27Z', fill(dark)],
    ['M26 33L52 58L45 37ZM78 33L52 58L59 37Z', fill(light)],
    ['M52 58L48 53L56 53Z', fill('#1c1420')],
  ] as const;
  const eyes = circle(43, 36, 2.3, fill('#1c1420')) + circle(61, 36, 2.3, fill('#1c1420'));
  const scale = height / 100;
  return `<g transform="translate(${show(x - 52 * scale)} ${show(y - height)}) scale(${scale.toFixed(4)})">${parts
    .map(([data, attributes]) => shape(data, attributes))
    .join('')}${eyes}</g>`;
}

/** A cabin with a lit window; (x, y) is the middle of its threshold. */
export function drawHouse(x: number, y: number, size: number, scene: Scene): string {
  const { palette } = scene;
  const wall = mix(palette.near, palette.inks[1], 0.35);
  const lit = '#ffd98a';
  return (
    rectangle(x + size * 0.16, y - size * 0.98, size * 0.1, size * 0.3, fill(darken(wall, 0.3))) +
    rectangle(x - size * 0.42, y - size * 0.5, size * 0.84, size * 0.55, fill(wall)) +
    shape(
      polygon([
        [x - size * 0.54, y - size * 0.46],
        [x, y - size],
        [x + size * 0.54, y - size * 0.46],
      ]),
      fill(darken(palette.near, 0.15)),
    ) +
    rectangle(x - size * 0.28, y - size * 0.36, size * 0.18, size * 0.18, fill(lit)) +
    rectangle(x + size * 0.08, y - size * 0.38, size * 0.19, size * 0.43, fill(darken(wall, 0.45)))
  );
}

/** A sailing boat; (x, y) is the middle of its waterline. */
export function drawBoat(x: number, y: number, size: number, scene: Scene): string {
  const { palette } = scene;
  const sail = lighten(palette.sun, 0.3);
  return (
    shape(
      `M${show(x - size * 0.02)} ${show(y - size)}C${show(x + size * 0.36)} ${show(y - size * 0.66)} ${show(x + size * 0.42)} ${show(y - size * 0.36)} ${show(x + size * 0.38)} ${show(y - size * 0.14)}L${show(x - size * 0.02)} ${show(y - size * 0.14)}Z`,
      fill(sail),
    ) +
    shape(
      polygon([
        [x - size * 0.06, y - size * 0.86],
        [x - size * 0.06, y - size * 0.14],
        [x - size * 0.36, y - size * 0.14],
      ]),
      fill(mix(sail, palette.inks[0], 0.75)),
    ) +
    shape(
      `M${show(x - size * 0.44)} ${show(y - size * 0.1)}L${show(x + size * 0.46)} ${show(y - size * 0.1)}Q${show(x + size * 0.34)} ${show(y + size * 0.05)} ${show(x + size * 0.2)} ${show(y + size * 0.05)}L${show(x - size * 0.28)} ${show(y + size * 0.05)}Z`,
      fill(darken(palette.near, 0.25)),
    )
  );
}
