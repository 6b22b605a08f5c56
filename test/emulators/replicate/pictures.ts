import { createHash } from 'node:crypto';
import sharp from 'sharp';
import type { Prediction } from './predictions.ts';

const longSide = 512;

/** A real picture in the format and shape asked for, other for each prediction and output. */
export async function makePicture(prediction: Prediction, index: number, format: string): Promise<Buffer> {
  const { width, height } = measure(prediction.input);
  const hash = createHash('sha256')
    .update(`${JSON.stringify(prediction.input)}|${index}`)
    .digest('hex');
  const [from, to] = [hash.slice(0, 6), hash.slice(6, 12)];
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><linearGradient id="g" x2="1" y2="1"><stop stop-color="#${from}"/><stop offset="1" stop-color="#${to}"/></linearGradient><rect width="100%" height="100%" fill="url(#g)"/><circle cx="50%" cy="50%" r="25%" fill="#${hash.slice(12, 18)}"/></svg>`;
  const picture = sharp(Buffer.from(svg)).removeAlpha();
  if (format === 'png') return await picture.png().toBuffer();
  if (format === 'webp') return await picture.webp().toBuffer();
  return await picture.jpeg().toBuffer();
}

function measure(input: Record<string, unknown>): {
  width: number;
  height: number;
} {
  const shape = /^(\d+)[x:](\d+)$/.exec(String(input.aspect_ratio ?? input.size ?? '1:1'));
  const [across, down] = [Number(shape?.[1] ?? 1), Number(shape?.[2] ?? 1)];
  const longer = Math.max(across, down);
  return {
    width: Math.round((longSide * across) / longer),
    height: Math.round((longSide * down) / longer),
  };
}
