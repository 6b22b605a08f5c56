import { darken, lighten, mix } from '../colour.ts';
import type { Scene } from '../scene.ts';
import { circle, curve, fill, glow, rectangle, shape, show, stroke, verticalGradient } from '../shapes.ts';

/** The whole background of an outdoor scene: sky, then stars, sun or moon, and clouds. */
export function drawSky(
  scene: Scene,
  horizon: number,
): { markup: string; sun: { x: number; y: number; radius: number } } {
  const { width, height, palette } = scene;
  const stops = palette.sky.map((colour, index) => ({
    colour,
    at: (index / 3) ** 0.9,
  }));
  const sun = placeSun(scene, horizon);
  const markup = [
    `<defs>${verticalGradient('sky', stops)}</defs>`,
    rectangle(0, 0, width, Math.max(horizon, height * 0.2), 'fill="url(#sky)"'),
    rectangle(0, horizon - 1, width, height - horizon + 1, fill(palette.sky[3])),
    scene.allows('stars') && (palette.night || scene.wants('stars')) ? drawStars(scene, horizon) : '',
    scene.allows('sun') ? drawSun(scene, sun) : '',
    scene.allows('clouds') ? drawClouds(scene, horizon) : '',
    scene.allows('birds') && (scene.wants('birds') || (!palette.night && scene.random.chance(0.45)))
      ? drawBirds(scene, horizon)
      : '',
  ];
  return { markup: markup.join(''), sun };
}

function placeSun({ width, unit, random }: Scene, horizon: number) {
  const radius = unit * random.between(0.075, 0.15);
  // On a third of the width, where pictures are usually well balanced.
  const third = random.pick([0.32, 0.5, 0.67]);
  return {
    x: width * (third + random.between(-0.04, 0.04)),
    y: horizon - radius * random.between(0.3, 2.4),
    radius,
  };
}

function drawSun({ palette }: Scene, { x, y, radius }: { x: number; y: number; radius: number }): string {
  const disc = palette.night
    ? circle(x, y, radius * 0.8, fill(palette.sun)) +
      circle(x - radius * 0.25, y - radius * 0.1, radius * 0.16, fill(darken(palette.sun, 0.12), 0.6)) +
      circle(x + radius * 0.22, y + radius * 0.28, radius * 0.11, fill(darken(palette.sun, 0.12), 0.6)) +
      circle(x + radius * 0.12, y - radius * 0.38, radius * 0.08, fill(darken(palette.sun, 0.12), 0.6))
    : circle(x, y, radius, fill(palette.sun));
  return (
    `<defs>${glow('glow', palette.sun, palette.night ? 0.55 : 0.85)}</defs>` +
    circle(x, y, radius * 4.5, 'fill="url(#glow)"') +
    disc
  );
}

function drawStars({ width, unit, random, palette }: Scene, horizon: number): string {
  let markup = '';
  for (let index = 0; index < 170; index++) {
    const height = random.next() ** 1.4;
    const size = unit * (random.chance(0.06) ? 0.0026 : random.between(0.0006, 0.0015));
    const light = lighten(palette.sun, 0.4);
    markup += circle(random.between(0, width), height * horizon * 0.95, size, fill(light, random.between(0.35, 1)));
  }
  return markup;
}

function drawClouds(scene: Scene, horizon: number): string {
  const { width, unit, random, palette } = scene;
  const count = scene.wants('clouds') ? 8 : random.whole(2, 5);
  let markup = '';
  for (let index = 0; index < count; index++) {
    const y = horizon * random.between(0.18, 0.86);
    const x = random.between(-0.1, 1) * width;
    const length = unit * random.between(0.3, 0.85);
    const thickness = unit * random.between(0.008, 0.026);
    const tone = lighten(mix(palette.sky[2], palette.sky[3], random.next()), palette.night ? 0.04 : 0.3);
    // A lens with one swelling: flat below, as evening clouds are.
    const data = curve([
      [x, y],
      [x + length * 0.3, y - thickness],
      [x + length * random.between(0.4, 0.6), y - thickness * 2],
      [x + length * 0.75, y - thickness * 0.9],
      [x + length, y],
    ]);
    markup += shape(`${data}L${show(x)} ${show(y)}Z`, fill(tone, palette.night ? 0.22 : random.between(0.35, 0.7)));
  }
  return markup;
}

function drawBirds({ width, unit, random, palette }: Scene, horizon: number): string {
  const [x, y] = [width * random.between(0.2, 0.7), horizon * random.between(0.25, 0.5)];
  let markup = '';
  for (let index = 0; index < random.whole(4, 8); index++) {
    const span = unit * random.between(0.011, 0.022);
    const [left, top] = [x + random.between(-0.13, 0.13) * unit, y + random.between(-0.07, 0.07) * unit];
    const lift = span * random.between(0.35, 0.6);
    const data = `M${show(left - span)} ${show(top - lift)}Q${show(left - span * 0.4)} ${show(top - lift)} ${show(left)} ${show(top)}Q${show(left + span * 0.4)} ${show(top - lift)} ${show(left + span)} ${show(top - lift)}`;
    markup += shape(data, stroke(darken(palette.near, 0.1), unit * 0.0026, 0.8));
  }
  return markup;
}
