import { darken, lighten, mix } from '../colour.ts';
import type { Scene } from '../scene.ts';
import { circle, fill, glow, rectangle, shape, show, stroke, verticalGradient } from '../shapes.ts';

/** A great planet, its rings and its company, in a deep sky. */
export function drawOrbits(scene: Scene): string {
  const { width, height, unit, palette, random } = scene;
  const deep = darken(palette.night ? palette.sky[0] : palette.inks[4], 0.35);
  const [x, y] = [width * random.between(0.4, 0.6), height * random.between(0.44, 0.56)];
  const radius = unit * random.between(0.19, 0.25);
  const tilt = random.between(-28, 28);
  return [
    `<defs>${verticalGradient('deep', [{ colour: deep }, { colour: mix(deep, palette.inks[0], 0.22), at: 0.6 }, { colour: deep }])}${glow('halo', palette.inks[1], 0.5)}</defs>`,
    rectangle(0, 0, width, height, 'fill="url(#deep)"'),
    scene.allows('stars') ? drawStars(scene) : '',
    circle(x, y, radius * 2.6, 'fill="url(#halo)"'),
    `<g transform="translate(${show(x)} ${show(y)}) rotate(${show(tilt)})">`,
    drawPaths(scene, radius),
    drawRings(scene, radius, 'back'),
    drawPlanet(scene, radius),
    drawRings(scene, radius, 'front'),
    '</g>',
  ].join('');
}

function drawStars({ width, height, unit, random, palette }: Scene): string {
  let markup = '';
  for (let index = 0; index < 320; index++) {
    const size = unit * (random.chance(0.05) ? random.between(0.0022, 0.0034) : random.between(0.0005, 0.0015));
    markup += circle(
      random.between(0, width),
      random.between(0, height),
      size,
      fill(random.pick(['#ffffff', palette.sun, lighten(palette.inks[1], 0.6)]), random.between(0.25, 0.95)),
    );
  }
  return markup;
}

function drawPlanet({ palette, random }: Scene, radius: number): string {
  const bands = 9;
  const noise = random.line();
  let markup = `<clipPath id="globe"><circle r="${show(radius)}"/></clipPath><g clip-path="url(#globe)">${circle(0, 0, radius, fill(palette.inks[0]))}`;
  for (let band = 0; band < bands; band++) {
    const top = -radius + (band / bands) * radius * 2;
    const tone = mix(
      palette.inks[0],
      random.pick([palette.inks[1], palette.inks[2], palette.paper]),
      random.between(0.15, 0.75),
    );
    const [a, b] = [noise(band) * radius * 0.1, noise(band + 20) * radius * 0.1];
    markup += shape(
      `M${show(-radius)} ${show(top + a)}C${show(-radius * 0.3)} ${show(top + b)} ${show(radius * 0.3)} ${show(top - b)} ${show(radius)} ${show(top - a)}V${show(radius)}H${show(-radius)}Z`,
      fill(tone),
    );
  }
  const shadow = `<radialGradient id="shadow" cx="0.32" cy="0.28" r="0.85"><stop offset="0" stop-color="#fff" stop-opacity="0.28"/><stop offset="0.45" stop-color="#000" stop-opacity="0"/><stop offset="1" stop-color="#04040c" stop-opacity="0.88"/></radialGradient>`;
  return `${markup}</g><defs>${shadow}</defs>${circle(0, 0, radius, 'fill="url(#shadow)"')}`;
}

function drawRings({ palette }: Scene, radius: number, side: 'back' | 'front'): string {
  const sweep = side === 'back' ? 1 : 0;
  return rings
    .map(([share, thickness], index) => {
      const [rx, ry] = [radius * share, radius * share * 0.27];
      const data = `M${show(-rx)} 0A${show(rx)} ${show(ry)} 0 0 ${sweep} ${show(rx)} 0`;
      const tone = mix(palette.inks[2], palette.paper, index * 0.18);
      return shape(data, stroke(tone, radius * thickness, side === 'back' ? 0.55 : 0.92));
    })
    .join('');
}

/** Each ring's radius and thickness, in radii of the planet. */
const rings = [
  [1.42, 0.045],
  [1.52, 0.02],
  [1.6, 0.055],
  [1.72, 0.03],
  [1.8, 0.012],
] as const;

function drawPaths({ palette, random }: Scene, radius: number): string {
  let markup = '';
  for (const share of [2.3, 2.9, 3.6]) {
    const [rx, ry] = [radius * share, radius * share * 0.3];
    markup += `<ellipse rx="${show(rx)}" ry="${show(ry)}" ${stroke(palette.sun, radius * 0.006, 0.35)}/>`;
    const angle = random.between(0, Math.PI * 2);
    const size = radius * random.between(0.05, 0.13);
    const [x, y] = [Math.cos(angle) * rx, Math.sin(angle) * ry];
    const tone = random.pick(palette.inks.slice(0, 4));
    markup +=
      circle(x, y, size, fill(tone)) +
      circle(x + size * 0.2, y + size * 0.15, size * 0.78, fill(darken(tone, 0.4), 0.35));
  }
  return markup;
}
