import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import { z } from 'zod';
import { type ImageProvider, type ImageRequest, type Operation, ProviderError } from '../port.ts';
import { createReplicateClient, type ReplicateCall } from './client.ts';
import { downloadOutput, isLoopback } from './download.ts';
import { referToPicture } from './input-picture.ts';
import { type ReplicateModel, replicateModels, toReplicateInput } from './models.ts';
import { type Prediction, predictionPageSchema, predictionSchema, toStatus } from './prediction.ts';

export type ReplicateSettings = {
  token: string;
  /** Ends in `/v1`. */
  apiUrl: string;
  /** Where Replicate can reach us, or null when it cannot. */
  webhook: { publicUrl: string } | null;
  /** For one call; a held request gets the time it is held on top. 30 s unless told. */
  timeoutMs?: number;
};

/**
 * Pictures by models at Replicate. Each method makes one request (`find` one a page, and a large picture to start
 * from is uploaded first) and leaves trying
 * again to the caller, who knows what it would cost.
 */
export function createReplicateProvider(
  options: ReplicateSettings & {
    log: Pick<Logger, 'debug'>;
    clock?: () => number;
  },
): ImageProvider {
  const { webhook, log, clock = Date.now, timeoutMs = 30_000 } = options;
  const apiUrl = options.apiUrl.replace(/\/+$/, '');
  const client = createReplicateClient({ token: options.token, apiUrl });
  const loopback = isLoopback(new URL(apiUrl));

  async function call(what: string, request: ReplicateCall): Promise<unknown> {
    const from = clock();
    try {
      return await client(request);
    } finally {
      log.debug({ provider: 'replicate', call: what, ms: clock() - from }, 'asked Replicate');
    }
  }

  /** Newest first, until one is older than `from` (milliseconds since 1970). */
  async function* listSince(from: number): AsyncGenerator<Prediction> {
    let route = 'predictions';
    for (let page = 0; page < pageLimit; page++) {
      const answer = read(predictionPageSchema, await call('list', { method: 'GET', route, timeoutMs }), 'unknown');
      for (const prediction of answer.results) {
        if (prediction.created_at.getTime() < from) return;
        yield prediction;
      }
      if (!answer.next) return;
      route = answer.next;
    }
    throw cannotTell('too many predictions to look through', true);
  }

  return {
    name: 'replicate',
    models: replicateModels,

    async start(request, signal) {
      // What the model cannot do is refused before anything is uploaded.
      const { model } = toReplicateInput(request);
      const stopped = () =>
        new ProviderError('provider_unavailable', 'stopped before it was sent', { retryable: true });
      if (signal.aborted) throw stopped();
      const image =
        request.image &&
        (await referToPicture(request.image, (upload) => call('upload', { ...upload, signal, timeoutMs })));
      if (signal.aborted) throw stopped();
      const { input } = toReplicateInput(request, image);
      const hold = webhook ? 0 : secondsToHold(model);
      const answer = await call('create', {
        method: 'POST',
        route: `models/${model.path}/predictions`,
        headers: {
          'Cancel-After': `${secondsToLive(model)}s`,
          ...(hold > 0 ? { Prefer: `wait=${hold}` } : {}),
        },
        data: { input, ...(webhook ? askForCallback(webhook, request) : {}) },
        signal,
        timeoutMs: timeoutMs + hold * 1000,
        secrets: [request.prompt, request.negativePrompt ?? ''],
      });
      return toOperation(read(predictionSchema.pick({ id: true }), answer, 'unknown').id, model);
    },

    async find(request, since) {
      // Without the picture: what was sent of it is as good as unique only together with the seed, which is compared.
      const { model, input } = toReplicateInput({ ...request, image: null });
      // Their clock and ours need not agree to the second.
      const from = since.getTime() - 10_000;
      const candidates = {
        same: [] as Prediction[],
        other: [] as Prediction[],
        unreadable: [] as Prediction[],
      };
      for await (const prediction of listSince(from)) {
        candidates[compare(prediction, { request, model, input })].push(prediction);
      }
      // The oldest: for a model without a seed a later one may be another request's.
      const found = candidates.same.at(-1);
      if (found) return toOperation(found.id, model);
      if (candidates.unreadable.length > 0) throw cannotTell('Replicate has already removed the inputs', false);
      return null;
    },

    async status(operation) {
      const { id, priceMicros } = readOperation(operation);
      const answer = await call('get', {
        method: 'GET',
        route: `predictions/${id}`,
        timeoutMs,
      });
      return toStatus(read(predictionSchema, answer, 'no'), priceMicros);
    },

    async cancel(operation) {
      const { id } = readOperation(operation);
      try {
        await call('cancel', {
          method: 'POST',
          route: `predictions/${id}/cancel`,
          timeoutMs,
        });
      } catch (error) {
        // Refused because it has ended, or was deleted: there is nothing left to cancel.
        const ended =
          error instanceof ProviderError && (error.code === 'provider_rejected' || error.code === 'output_gone');
        if (!ended) throw error;
      }
    },

    download: (output) => downloadOutput({ url: output.reference, loopback, timeoutMs: 60_000 }),
  };
}

/** 100 predictions a page: far more than are made between a lost answer and looking for it. */
const pageLimit = 100;

const operationSchema = z.object({
  id: z.string().regex(/^[\w-]+$/),
  priceMicros: z.number().int().min(0),
});

/** The price goes along: the model may have left the list by the time the picture is paid for. */
function toOperation(id: string, model: ReplicateModel): Operation {
  return { id, model: model.id, priceMicros: model.priceMicros };
}

function readOperation(operation: Operation) {
  const checked = operationSchema.safeParse(operation);
  if (!checked.success) throw new ProviderError('provider_rejected', 'not an operation of Replicate');
  return checked.data;
}

function read<T>(schema: z.ZodType<T>, answer: unknown, started: 'no' | 'unknown'): T {
  const checked = schema.safeParse(answer);
  if (checked.success) return checked.data;
  const wrong = checked.error.issues.map((issue) => issue.path.join('.')).join(', ');
  throw new ProviderError('provider_unavailable', `Replicate's answer is not what it should be: ${wrong}`, {
    started,
    retryable: true,
  });
}

/**
 * The fastest models answer within the creating request. Others are asked again: while a request is
 * held, its id is unknown, so that it can neither be cancelled nor show progress.
 */
function secondsToHold({ typicalSeconds }: ReplicateModel): number {
  return typicalSeconds <= 3 ? 5 : 0;
}

/** When Replicate gives up: long enough for a cold start, short enough that nobody pays for a stuck run. */
function secondsToLive({ typicalSeconds }: ReplicateModel): number {
  return Math.min(900, Math.max(180, typicalSeconds * 30));
}

function callbackUrl({ publicUrl }: { publicUrl: string }, { generationId }: ImageRequest): string {
  return `${publicUrl.replace(/\/+$/, '')}/webhooks/replicate?generation=${encodeURIComponent(generationId)}`;
}

function askForCallback(webhook: { publicUrl: string }, request: ImageRequest) {
  return {
    webhook: callbackUrl(webhook, request),
    webhook_events_filter: ['completed'],
  };
}

function compare(
  prediction: Prediction,
  own: {
    request: ImageRequest;
    model: ReplicateModel;
    input: Record<string, unknown>;
  },
): 'same' | 'other' | 'unreadable' {
  const named = prediction.webhook ? URL.parse(prediction.webhook)?.searchParams.get('generation') : null;
  if (named) return named === own.request.generationId ? 'same' : 'other';
  if (prediction.model && prediction.model !== own.model.path) return 'other';
  if (prediction.data_removed) return 'unreadable';
  // Replicate may add defaults, so only what we sent is compared. The seed makes it one of a kind.
  const same = Object.entries(own.input).every(([key, value]) => isDeepStrictEqual(prediction.input?.[key], value));
  return same ? 'same' : 'other';
}

function cannotTell(why: string, retryable: boolean): ProviderError {
  return new ProviderError(
    retryable ? 'provider_unavailable' : 'output_gone',
    `cannot tell whether it was started: ${why}`,
    { started: 'unknown', retryable },
  );
}
