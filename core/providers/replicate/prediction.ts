import { z } from 'zod';
import type { OperationStatus, ProviderErrorCode } from '../port.ts';
import { redact } from './client.ts';

/** What we read of a prediction; the rest of Replicate's answer is nothing to us. */
export const predictionSchema = z.object({
  id: z.string().min(1),
  model: z.string().nullish(),
  status: z.enum(['starting', 'processing', 'succeeded', 'failed', 'canceled', 'aborted']),
  input: z.record(z.string(), z.unknown()).nullish(),
  output: z.unknown().optional(),
  error: z.unknown().optional(),
  logs: z.string().nullish(),
  data_removed: z.boolean().nullish(),
  webhook: z.string().nullish(),
  created_at: z.coerce.date(),
  completed_at: z.coerce.date().nullish(),
  deadline: z.coerce.date().nullish(),
});

export type Prediction = z.infer<typeof predictionSchema>;

export const predictionPageSchema = z.object({
  next: z.string().nullish(),
  results: z.array(predictionSchema),
});

/** A prediction in the port's terms. `priceMicros` is the price of one picture. */
export function toStatus(prediction: Prediction, priceMicros: number): OperationStatus {
  switch (prediction.status) {
    case 'starting':
    case 'processing':
      return {
        state: 'running',
        progress: readProgress(prediction.logs ?? ''),
      };
    case 'succeeded':
      return readOutputs(prediction, priceMicros);
    case 'failed':
      return readFailure(prediction);
    case 'canceled':
    case 'aborted':
      return readEnd(prediction);
  }
}

/**
 * 0 … 1 from the last line that tells: `45%|████ | 12/28 [00:03<…]`, ` 45%`, `12/28 [00:03`. Null
 * while none does.
 */
export function readProgress(logs: string): number | null {
  // tqdm rewrites its line with carriage returns.
  for (const line of logs.split(/[\r\n]+/).reverse()) {
    const steps = /(?:^|[\s|])(\d+)\/(\d+)\s*\[/.exec(line);
    if (steps && Number(steps[2]) > 0) return Math.min(1, Number(steps[1]) / Number(steps[2]));
    const percent = /(?:^|\s)(\d{1,3}(?:\.\d+)?)\s?%/.exec(line);
    if (percent && Number(percent[1]) <= 100) return Number(percent[1]) / 100;
  }
  return null;
}

function readOutputs(prediction: Prediction, priceMicros: number): OperationStatus {
  if (prediction.data_removed) {
    return {
      state: 'failed',
      code: 'output_gone',
      message: 'Replicate has removed the output',
    };
  }
  const output = z.union([z.url().transform((url) => [url]), z.array(z.url()).min(1)]).safeParse(prediction.output);
  if (!output.success) {
    return {
      state: 'failed',
      code: 'provider_failed',
      message: 'the model ended without a picture',
    };
  }
  const outputs = output.data.map((reference, index) => ({ index, reference }));
  return {
    state: 'succeeded',
    outputs,
    costMicros: priceMicros * outputs.length,
  };
}

function readFailure({ error, input }: Prediction): OperationStatus {
  const text = typeof error === 'string' ? error : 'no reason given';
  const code = failures.find(([pattern]) => pattern.test(text))?.[1] ?? 'provider_failed';
  // Models quote their input in errors; what people wrote stays out of logs.
  const written = Object.values(input ?? {}).filter(
    (value): value is string => typeof value === 'string' && value.length > 8,
  );
  return {
    state: 'failed',
    code,
    message: redact(text, written).replace(/\s+/g, ' ').slice(0, 300),
  };
}

const failures: readonly (readonly [RegExp, ProviderErrorCode])[] = [
  [
    /nsfw|\bE005\b|flagged as sensitive|safety (filter|checker|system)|moderat|content policy|responsible ai/i,
    'provider_moderated',
  ],
  [/\bE00[34]\b|high demand|temporarily unavailable|rate limit/i, 'provider_unavailable'],
  [/\bE006\b|invalid input/i, 'provider_rejected'],
];

/** Someone cancelled it, or its deadline (our `Cancel-After`) did; only the first is a cancellation. */
function readEnd({ status, deadline, completed_at: completedAt }: Prediction): OperationStatus {
  if (status === 'aborted') {
    return {
      state: 'failed',
      code: 'provider_unavailable',
      message: 'Replicate did not start it in time',
    };
  }
  if (deadline && completedAt && completedAt >= deadline) {
    return {
      state: 'failed',
      code: 'provider_failed',
      message: 'the model took too long',
    };
  }
  return { state: 'cancelled' };
}
