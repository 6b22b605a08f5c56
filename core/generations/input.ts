import { hash, randomInt } from 'node:crypto';
import { AppError } from '../errors.ts';
import { nearest } from '../nearest.ts';
import { type AspectRatio, aspectRatios, type ImageModel } from '../providers/port.ts';
import { excerpt, longestCharacter } from '../words/excerpt.ts';
import { isStyle, styles } from './styles.ts';

/** What was asked for, as it came in. */
export type GenerationInput = {
  prompt: string;
  negativePrompt?: string | undefined;
  model?: string | undefined;
  style?: string | undefined;
  aspectRatio?: string | undefined;
  count?: number | undefined;
  seed?: number | undefined;
  /** A picture to start from: an id that `images.inputs` gave. */
  imageId?: string | undefined;
};

export type CheckedInput = {
  prompt: string;
  negativePrompt: string | null;
  model: ImageModel;
  style: string | null;
  aspectRatio: AspectRatio;
  count: number;
  seed: number;
  inputImageId: string | null;
};

/** Characters as people see them. */
export const promptLimit = 1000;

/** Checks and completes a request. Throws AppError naming what is wrong and the nearest that would be right. */
export function checkInput(input: GenerationInput, models: readonly ImageModel[]): CheckedInput {
  const inputImageId = input.imageId ?? null;
  const model = chooseModel(input.model, models, inputImageId !== null);
  const style = input.style ?? null;
  if (style !== null && !isStyle(style)) throw unknownChoice('style', style, styles);
  const aspectRatio = input.aspectRatio ?? '1:1';
  if (!isAspectRatio(aspectRatio)) throw unknownChoice('aspect', aspectRatio, aspectRatios);
  if (!model.aspectRatios.includes(aspectRatio))
    throw new AppError('invalid_input', { field: 'aspect', allowed: model.aspectRatios.join(', ') });
  const count = input.count ?? 1;
  if (!Number.isInteger(count) || count < 1 || count > model.maxCount)
    throw new AppError('invalid_input', { field: 'count', allowed: `1–${model.maxCount}` });
  const seed = input.seed ?? randomInt(2 ** 31);
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 31)
    throw new AppError('invalid_input', { field: 'seed', allowed: '0–2147483647' });
  const negativePrompt = input.negativePrompt?.trim() ? readText(input.negativePrompt) : null;
  if (negativePrompt && !model.negativePrompt) {
    const able = models.filter((each) => each.negativePrompt).map((each) => each.id);
    throw new AppError('negative_unsupported', { model: model.id, near: able.join(', ') || '—' });
  }
  return { prompt: readText(input.prompt), negativePrompt, model, style, aspectRatio, count, seed, inputImageId };
}

/** The same request has the same id, wherever and however often it is repeated. */
export function generationIdOf(source: string, requestId: string): string {
  const bytes = hash('sha256', `${source}\0${requestId}`, 'buffer').subarray(0, 16);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Short name for people, drawn from the id: 8 letters and digits that cannot be mistaken for one another. */
export function refOf(id: string): string {
  let rest = BigInt(`0x${id.replaceAll('-', '').slice(-10)}`);
  let ref = '';
  for (let place = 0; place < 8; place++) {
    ref = alphabet[Number(rest & 31n)] + ref;
    rest >>= 5n;
  }
  return ref;
}
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** Without a wish the first, or the first that can start from a picture. */
function chooseModel(wanted: string | undefined, models: readonly ImageModel[], fromPicture: boolean): ImageModel {
  const able = fromPicture ? models.filter(({ imageInput }) => imageInput) : models;
  const model = wanted === undefined ? able[0] : models.find(({ id }) => id === wanted);
  if (model && able.includes(model)) return model;
  if (model || (fromPicture && !able.length)) {
    const near = able.map(({ id }) => id).join(', ') || '—';
    throw new AppError('image_unsupported', { field: 'model', model: (model ?? models[0])?.id ?? '', near });
  }
  throw unknownChoice(
    'model',
    wanted ?? '',
    models.map(({ id }) => id),
  );
}

function unknownChoice(option: string, value: string, known: readonly string[]): AppError {
  const near = nearest(value, known);
  return new AppError('unknown_choice', {
    option,
    value: excerpt(value, 60),
    near: (near.length ? near : known.slice(0, 10)).join(', '),
  });
}

function isAspectRatio(text: string): text is AspectRatio {
  return (aspectRatios as readonly string[]).includes(text);
}

// Controls but line breaks and tabs, lone surrogates, and the marks that make text read backwards.
const unreadable = /(?![\t\n\r\u0085])\p{Cc}|[\u202a-\u202e\u2066-\u2069]|\p{Cs}/u;
/** Seen by nobody, and no part of any character either, as joiners are. */
const invisible = /[\u00ad\u200b\u2060\ufeff]/g;
const visible = /[^\p{Z}\p{Cc}\p{Cf}\p{M}\p{Default_Ignorable_Code_Point}\u2800]/u;
const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

function readText(text: string): string {
  const trimmed = text.trim();
  // A character that people see can be many code units; the first bound keeps the count itself cheap.
  if (trimmed.length > promptLimit * longestCharacter) throw tooLong(trimmed.length);
  if (unreadable.test(trimmed)) throw new AppError('prompt_unreadable');
  const read = trimmed.replaceAll(invisible, '').normalize('NFC').trim();
  if (!visible.test(read)) throw new AppError('prompt_missing');
  // A character is at least one code unit, so that most prompts need no count.
  if (read.length <= promptLimit) return read;
  const length = [...segmenter.segment(read)].length;
  if (length > promptLimit) throw tooLong(length);
  return read;
}

const tooLong = (length: number) => new AppError('prompt_too_long', { max: promptLimit, length });
