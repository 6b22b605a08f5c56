import { z } from 'zod';
import {
  aspectRatios,
  type ImageModel,
  type ImageOutput,
  type ImageProvider,
  type Operation,
  type OperationStatus,
  ProviderError,
} from '../port.ts';
import { drawPicture, drawPreview, type Style } from './draw.ts';
import { shrinkPicture } from './redraw.ts';

/**
 * Draws pictures here, for a machine without credentials and for tests: from prompt, seed and format,
 * always the same ones, and labelled as what they are.
 *
 * Nothing is kept in memory: the operation holds all that the drawing needs, the prompt and a small copy of
 * the picture it starts from included, so it outlives a restart. A lost start or a cancelled drawing costs nobody anything, so `find` never
 * finds and `cancel` does nothing.
 *
 * @param options.delayMs how long a drawing pretends to take, in milliseconds
 * @param options.clock milliseconds since 1970
 */
export function createSandboxProvider(options: { delayMs: number; clock?: () => number }): ImageProvider {
  const { delayMs, clock = Date.now } = options;
  return {
    name: 'sandbox',
    models,
    async start(request, signal) {
      if (signal.aborted)
        throw new ProviderError('provider_unavailable', 'stopped before the drawing began', { retryable: true });
      const drawing: Drawing = {
        id: `sandbox-${request.generationId}`,
        model: request.model.id,
        prompt: request.prompt,
        negativePrompt: request.negativePrompt,
        aspectRatio: request.aspectRatio,
        seed: request.seed,
        count: request.count,
        image: request.image && (await shrinkPicture(request.image)),
        startedAt: clock(),
        delayMs,
      };
      return readDrawing(drawing);
    },
    find: async () => null,
    async status(operation) {
      const { startedAt, delayMs: delay, count } = readDrawing(operation);
      const elapsed = clock() - startedAt;
      if (elapsed < delay) return describeProgress(Math.max(0, elapsed), delay);
      const outputs = Array.from({ length: count }, (_, index) => ({
        index,
        reference: String(index),
      }));
      return { state: 'succeeded', outputs, costMicros: 0 };
    },
    cancel: async () => {},
    async download(output, operation) {
      const { model, ...drawing } = readDrawing(operation);
      const picture = { ...drawing, style: styles[model], index: output.index };
      const step = readStep(output);
      return step === null ? await drawPicture(picture) : await drawPreview(picture, step / steps);
    },
  };
}

/** A drawing can be looked at three times before it is done. */
const steps = 4;

function describeProgress(elapsed: number, delay: number): OperationStatus {
  const step = Math.floor((steps * elapsed) / delay);
  const newsInMs = Math.ceil(((step + 1) * delay) / steps - elapsed);
  const running = { state: 'running', progress: elapsed / delay, newsInMs } as const;
  return step > 0 ? { ...running, preview: { index: 0, reference: `0/${step}` } } : running;
}

/** Which step a preview shows; null for the finished picture. */
function readStep({ reference }: ImageOutput): number | null {
  const step = /^\d\/([1-3])$/.exec(reference)?.[1];
  return step === undefined ? null : Number(step);
}

const styles = {
  'sandbox-landscape': 'landscape',
  'sandbox-poster': 'poster',
  'sandbox-lines': 'lines',
} as const satisfies Record<string, Style>;

const drawingSchema = z.object({
  id: z.string(),
  model: z.enum(Object.keys(styles) as [keyof typeof styles]),
  prompt: z.string(),
  negativePrompt: z.string().nullable(),
  aspectRatio: z.enum(aspectRatios),
  seed: z.number().int(),
  count: z.number().int().min(1).max(4),
  /** WebP in base64. Drawings begun by an earlier release have none. */
  image: z.base64().nullable().default(null),
  startedAt: z.number(),
  delayMs: z.number(),
});

type Drawing = z.input<typeof drawingSchema> | (Operation & { model: string });

function readDrawing(operation: Operation | Drawing) {
  const read = drawingSchema.safeParse(operation);
  if (!read.success) {
    const wrong = read.error.issues.map((issue) => issue.path.join('.')).join(', ');
    throw new ProviderError('provider_rejected', `not a drawing of the sandbox: ${wrong}`);
  }
  return read.data;
}

const models: readonly ImageModel[] = [
  describe('sandbox-landscape', 'Sandbox landscape'),
  describe('sandbox-poster', 'Sandbox poster'),
  describe('sandbox-lines', 'Sandbox lines'),
];

function describe(id: keyof typeof styles, title: string): ImageModel {
  return {
    id,
    title,
    provider: 'sandbox',
    aspectRatios,
    negativePrompt: true,
    imageInput: true,
    maxCount: 4,
    priceMicros: 0,
    typicalSeconds: 2,
  };
}
