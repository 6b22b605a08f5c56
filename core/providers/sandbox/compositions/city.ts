import { darken, mix } from '../colour.ts';
import type { Scene } from '../scene.ts';
import { fill, polygon, rectangle, shape } from '../shapes.ts';
import { drawSky } from './sky.ts';

/** A skyline in four distances, windows lit. */
export function drawCity(scene: Scene): string {
  const { height } = scene;
  const sky = drawSky(scene, height * 0.72);
  return sky.markup + [0, 0.33, 0.66, 1].map((depth) => drawRow(scene, depth)).join('');
}

function drawRow(scene: Scene, depth: number): string {
  const { width, height, unit, palette, random } = scene;
  const tone = mix(mix(palette.sky[3], palette.far, 0.6), palette.near, depth);
  const floor = height * (0.78 + depth * 0.2);
  let markup = '';
  let x = -unit * 0.05;
  while (x < width) {
    const wide = unit * random.between(0.045, 0.11) * (0.75 + depth * 0.7);
    // Taller towards the middle of the picture, so that the skyline has one peak.
    const centre = 1 - Math.abs((x + wide / 2) / width - 0.5) * 1.1;
    const tall = unit * random.between(0.16, 0.44) * centre * (1.25 - depth * 0.55);
    markup += drawTower(scene, {
      x,
      top: floor - tall,
      wide,
      depth,
      tone: mix(tone, palette.near, random.between(0, 0.12)),
    });
    x += wide * random.between(0.92, 1.12);
  }
  return markup;
}

type Tower = {
  x: number;
  top: number;
  wide: number;
  depth: number;
  tone: string;
};

function drawTower(scene: Scene, { x, top, wide, depth, tone }: Tower): string {
  const { height, unit, random } = scene;
  let markup = rectangle(x, top, wide, height - top + 4, fill(tone));
  const roof = random.next();
  if (roof < 0.2) markup += rectangle(x + wide * 0.48, top - wide * 0.9, wide * 0.04, wide * 0.95, fill(tone));
  else if (roof < 0.35) markup += rectangle(x + wide * 0.2, top - wide * 0.2, wide * 0.6, wide * 0.24, fill(tone));
  else if (roof < 0.5) {
    markup += shape(
      polygon([
        [x, top + 1],
        [x + wide, top + 1],
        [x + wide, top - wide * 0.45],
      ]),
      fill(tone),
    );
  }
  markup += rectangle(x + wide * 0.82, top, wide * 0.18, height - top, fill(darken(tone, 0.25), 0.5));
  return depth < 0.3 ? markup : markup + lightWindows(scene, { x, top: top + unit * 0.014, wide, depth, tone });
}

function lightWindows({ height, unit, palette, random }: Scene, { x, top, wide, depth }: Tower): string {
  const step = unit * (0.011 + depth * 0.006);
  const share = random.between(0.12, 0.5);
  let markup = '';
  for (let y = top; y < height; y += step * 1.3) {
    for (let across = step * 0.6; across < wide * 0.78 - step * 0.3; across += step) {
      if (!random.chance(share)) continue;
      const light = random.chance(0.82) ? '#ffd88f' : palette.inks[1];
      markup += rectangle(x + across, y, step * 0.5, step * 0.72, fill(light, random.between(0.5, 0.95)));
    }
  }
  return markup;
}
