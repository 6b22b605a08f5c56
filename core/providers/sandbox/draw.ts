import sharp from 'sharp';
import type { AspectRatio } from '../port.ts';
import { drawCity } from './compositions/city.ts';
import { drawCutouts } from './compositions/cutouts.ts';
import { drawFlow } from './compositions/flow.ts';
import { drawHills } from './compositions/hills.ts';
import { drawOrbits } from './compositions/orbits.ts';
import { drawRidgeLines } from './compositions/ridgelines.ts';
import { drawSea } from './compositions/sea.ts';
import { drawSunBands } from './compositions/sunbands.ts';
import { drawTiles } from './compositions/tiles.ts';
import { drawLabel } from './label.ts';
import { createRandom } from './random.ts';
import { redraw } from './redraw.ts';
import { type Composition, createScene, type Scene } from './scene.ts';

export type Style = 'landscape' | 'poster' | 'lines';

export type Picture = {
  style: Style;
  prompt: string;
  negativePrompt: string | null;
  aspectRatio: AspectRatio;
  seed: number;
  /** What it starts from, as shrinkPicture made it; null for nothing. */
  image: string | null;
  /** 0 … 3: which of the pictures of one request. */
  index: number;
};

/** Pixels of the longer side. */
const longSide = 1024;
/** Of a preview that nothing is done of, in pixels. */
const mostBlur = 32;

/** The same picture always gives the same PNG. */
export async function drawPicture(picture: Picture): Promise<Uint8Array> {
  const { width, height } = measure(picture.aspectRatio);
  const seed = [picture.style, picture.prompt.trim().toLowerCase(), picture.seed, picture.index].join('|');
  const scene = createScene({ ...picture, seed, width, height });
  const body = chooseComposition(picture.style, scene)(scene);
  const label = drawLabel(width, height);
  // A veil: both the picture and the drawing can be seen.
  if (picture.image) {
    const veil = toSvg(`<g opacity="0.35">${body}</g>${label}`, { width, height });
    return await redraw(picture.image, veil, { width, height });
  }
  return await sharp(toSvg(body + label, { width, height }))
    .composite([{ ...makeGrain(seed), tile: true, blend: 'soft-light' }])
    .removeAlpha()
    .png({ compressionLevel: 7 })
    .toBuffer();
}

/** The same before it is finished: the less of it is `done`, 0 … 1, the less can be made out. Its label always can. */
export async function drawPreview(picture: Picture, done: number): Promise<Uint8Array> {
  const size = measure(picture.aspectRatio);
  return await sharp(await drawPicture(picture))
    .blur(mostBlur * (1 - done))
    .composite([{ input: toSvg(drawLabel(size.width, size.height), size) }])
    .png({ compressionLevel: 7 })
    .toBuffer();
}

function toSvg(content: string, { width, height }: { width: number; height: number }): Buffer {
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${content}</svg>`,
  );
}

/** What the prompt names decides; otherwise chance does. */
function chooseComposition(style: Style, scene: Scene): Composition {
  if (style === 'poster')
    return scene.wants('fox')
      ? drawSunBands
      : scene.wants('leaves')
        ? drawCutouts
        : scene.random.pick([drawTiles, drawSunBands, drawCutouts]);
  if (style === 'lines')
    return scene.wants('space') ? drawOrbits : scene.random.pick([drawFlow, drawFlow, drawRidgeLines, drawOrbits]);
  if (scene.wants('fox') || scene.wants('house')) return drawHills;
  if (scene.wants('sea') || scene.wants('boat')) return drawSea;
  if (scene.wants('city')) return drawCity;
  if (scene.wants('desert') || scene.wants('trees')) return drawHills;
  const scenes: Composition[] = [drawHills, drawHills];
  if (scene.allows('sea')) scenes.push(drawSea);
  if (scene.allows('city')) scenes.push(drawCity);
  return scene.random.pick(scenes);
}

function measure(aspectRatio: AspectRatio): { width: number; height: number } {
  const [across, down] = aspectRatio.split(':').map(Number) as [number, number];
  const longer = Math.max(across, down);
  return {
    width: Math.round((longSide * across) / longer),
    height: Math.round((longSide * down) / longer),
  };
}

/** A tile of fine grey noise: flat vector colour looks printed, and gradients do not band. */
function makeGrain(seed: string) {
  const random = createRandom(`${seed}|grain`);
  const size = 192;
  const pixels = Buffer.alloc(size * size * 4);
  for (let at = 0; at < pixels.length; at += 4) {
    const tone = 128 + Math.round((random.next() + random.next() - 1) * 26);
    pixels.fill(tone, at, at + 3);
    pixels[at + 3] = 255;
  }
  return {
    input: pixels,
    raw: { width: size, height: size, channels: 4 },
  } as const;
}
