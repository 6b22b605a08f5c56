/**
 * The port that every image provider implements. `start` and `status` are split, and the operation
 * between them is plain JSON, so that a restart at any point can take the work up again.
 */

export const aspectRatios = ['1:1', '16:9', '9:16', '4:3', '3:4', '3:2', '2:3'] as const;
export type AspectRatio = (typeof aspectRatios)[number];

/** What people can choose, and what it costs the operator. */
export type ImageModel = {
  /** Name people type, unique over all providers: `flux-schnell`. */
  id: string;
  title: string;
  /** Name of the provider that serves it. */
  provider: string;
  aspectRatios: readonly AspectRatio[];
  negativePrompt: boolean;
  /** Whether it can start from a picture. */
  imageInput: boolean;
  maxCount: number;
  /** Provider's price of one image in millionths of a US dollar. */
  priceMicros: number;
  /** Usual seconds from start to end; the first guess of an ETA before there is history. */
  typicalSeconds: number;
};

/** A picture to start from, already made harmless: PNG, JPEG or WebP, no side longer than 2048 pixels. */
export type InputPicture = { bytes: Uint8Array; contentType: string };

export type ImageRequest = {
  generationId: string;
  model: ImageModel;
  prompt: string;
  negativePrompt: string | null;
  aspectRatio: AspectRatio;
  /** 0 … 2^31-1; always set, so that a picture can be made again. */
  seed: number;
  count: number;
  /** Null unless the model has `imageInput`; `find` does without it. */
  image: InputPicture | null;
};

/** Serialisable: stored as JSON in the generation's row. `id` is the provider's own id. */
export type Operation = { id: string; [key: string]: string | number | boolean | null };

export type OperationStatus =
  /**
   * `progress` 0 … 1, null while unknown. `preview` is the first picture as it is so far, where the provider shows
   * that; `download` brings it. `newsInMs` says for how long nothing will change, where the provider knows.
   */
  | { state: 'running'; progress: number | null; preview?: ImageOutput; newsInMs?: number }
  | { state: 'succeeded'; outputs: ImageOutput[]; costMicros: number }
  | { state: 'failed'; code: ProviderErrorCode; message: string }
  | { state: 'cancelled' };

/** Where one picture can be had, for as long as the provider keeps it. */
export type ImageOutput = { index: number; reference: string };

export type ProviderErrorCode =
  | 'provider_rejected' // the request itself is wrong; the same again would fail again
  | 'provider_moderated' // the provider's own safety filter
  | 'provider_rate_limited'
  | 'provider_unavailable' // 5xx, connection refused, time-out
  | 'provider_unauthorized' // the operator's token is wrong or out of credit
  | 'provider_failed' // the model ran and failed
  | 'output_gone'; // the result existed and has expired

/**
 * A provider call that did not work.
 * - `started: 'no'`: nothing was started there; trying again is safe when `retryable`.
 * - `started: 'unknown'`: the answer was lost (reset, time-out): ask `find` before trying again.
 */
export class ProviderError extends Error {
  readonly code: ProviderErrorCode;
  readonly started: 'no' | 'unknown';
  readonly retryable: boolean;
  readonly retryAfterMs: number | null;
  constructor(
    code: ProviderErrorCode,
    message: string,
    options: { started?: 'no' | 'unknown'; retryable?: boolean; retryAfterMs?: number | null; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'ProviderError';
    this.code = code;
    this.started = options.started ?? 'no';
    this.retryable = options.retryable ?? false;
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}

export type ImageProvider = {
  name: string;
  models: readonly ImageModel[];
  /** Exactly one creating request to the provider, whatever fails. Throws ProviderError. */
  start(request: ImageRequest, signal: AbortSignal): Promise<Operation>;
  /** After an unknown outcome: the operation that `start` made since `since`, or null when there is none. */
  find(request: ImageRequest, since: Date): Promise<Operation | null>;
  status(operation: Operation): Promise<OperationStatus>;
  /** Harmless when the operation has already ended. */
  cancel(operation: Operation): Promise<void>;
  /** The bytes of one output or preview. Throws ProviderError `output_gone` when it has expired. */
  download(output: ImageOutput, operation: Operation): Promise<Uint8Array>;
};
