import type { ServerResponse } from 'node:http';
import type { InvalidField } from './models.ts';
import type { Prediction } from './predictions.ts';

/** An answer that is not success, in the service's own shape and words. */
export type Refusal = {
  status: number;
  body: Record<string, unknown>;
  headers?: Record<string, string>;
};

export const refusals = {
  unauthenticated: {
    status: 401,
    body: {
      title: 'Unauthenticated',
      detail: 'You did not pass a valid authentication token',
      status: 401,
    },
  },
  noCredit: {
    status: 402,
    body: {
      title: 'Insufficient credit',
      detail:
        'You have insufficient credit to run this model. Go to https://replicate.com/account/billing#billing to purchase credit. Once you purchase credit, please wait a few minutes before trying again.',
      status: 402,
    },
  },
  notFound: {
    status: 404,
    body: { detail: 'The requested resource could not be found.', status: 404 },
  },
  throttled: (seconds: number): Refusal => ({
    status: 429,
    body: {
      detail: `Request was throttled. Your rate limit resets in ~${seconds}s.`,
      status: 429,
    },
    headers: { 'retry-after': String(seconds) },
  }),
  invalid: (fields: InvalidField[]): Refusal => ({
    status: 422,
    body: {
      title: 'Input validation failed',
      detail: fields.map(({ field, description }) => `- ${field}: ${description}\n`).join(''),
      status: 422,
      invalid_fields: fields,
    },
  }),
  malformed: (detail: string, status = 422): Refusal => ({
    status,
    body: { title: 'Invalid request', detail, status },
  }),
  broken: (status: number): Refusal => ({
    status,
    body: { detail: 'Internal server error', status },
  }),
} as const;

export function answerJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    ...headers,
  });
  response.end(JSON.stringify(body));
}

/** A prediction as the API and webhooks print it. */
export function present(prediction: Prediction, apiUrl: string, options: { webhook: boolean; logs: boolean }) {
  const { id, startedAt, completedAt, createdAt, deadline } = prediction;
  const time = (at: number | null) => (at === null ? null : new Date(at).toISOString());
  return {
    id,
    model: prediction.model,
    version: prediction.version,
    input: prediction.input,
    output: prediction.output,
    error: prediction.status === 'failed' ? prediction.error : null,
    status: prediction.status,
    source: 'api',
    data_removed: prediction.dataRemoved,
    created_at: time(createdAt),
    started_at: time(startedAt),
    completed_at: time(completedAt),
    ...(options.logs ? { logs: prediction.logs } : {}),
    ...(deadline === null ? {} : { deadline: time(deadline) }),
    ...(options.webhook && prediction.webhook
      ? {
          webhook: prediction.webhook,
          webhook_events_filter: prediction.webhookEvents,
        }
      : {}),
    metrics:
      completedAt === null
        ? {}
        : {
            predict_time: (completedAt - (startedAt ?? completedAt)) / 1000,
            total_time: (completedAt - createdAt) / 1000,
          },
    urls: {
      get: `${apiUrl}/predictions/${id}`,
      cancel: `${apiUrl}/predictions/${id}/cancel`,
      web: `https://replicate.com/p/${id}`,
    },
  };
}
