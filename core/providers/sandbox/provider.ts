import { z } from 'zod';
import { aspectRatios, type ImageModel, type ImageProvider, type Operation, ProviderError } from '../port.ts';
import { drawPicture, type Style } from './draw.ts';
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
      if (elapsed < delay) return { state: 'running', progress: Math.max(0, elapsed / delay) };
      const outputs = Array.from({ length: count }, (_, index) => ({
        index,
        reference: String(index),
      }));
      return { state: 'succeeded', outputs, costMicros: 0 };
    },
    cancel: async () => {},
    async download(output, operation) {
      const { model, ...drawing } = readDrawing(operation);
      return await drawPicture({
        ...drawing,
        style: styles[model],
        index: output.index,
      });
    },
  };
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
