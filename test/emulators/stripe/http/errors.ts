/** The `error` of an answer, as https://docs.stripe.com/api/errors shows it, before `doc_url` and `request_log_url`. */
export type ErrorBody = {
  type: 'invalid_request_error' | 'card_error' | 'api_error' | 'idempotency_error';
  message: string;
  code?: string;
  decline_code?: string;
  param?: string;
  charge?: string;
  payment_intent?: unknown;
};

/** An answer that is not success, in Stripe's own shape and words. */
export class Refusal extends Error {
  readonly status: number;
  readonly body: ErrorBody;
  readonly headers: Record<string, string>;
  /** Whether the endpoint had begun: only then does an idempotency key keep the answer. */
  begun = true;

  constructor(status: number, body: ErrorBody, headers: Record<string, string> = {}) {
    super(body.message);
    this.name = 'Refusal';
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

/** 400 of a request that asks for what can't be. */
export function refuse(message: string, details: { code?: string; param?: string } = {}): Refusal {
  return new Refusal(400, { type: 'invalid_request_error', message, ...details });
}

export const refusals = {
  noKey: () =>
    new Refusal(
      401,
      {
        type: 'invalid_request_error',
        message:
          "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or we can help at https://support.stripe.com/.",
      },
      { 'www-authenticate': 'Basic realm="Stripe"' },
    ),
  wrongKey: (key: string) =>
    new Refusal(
      401,
      { type: 'invalid_request_error', message: `Invalid API Key provided: ${maskKey(key)}` },
      { 'www-authenticate': 'Basic realm="Stripe"' },
    ),
  unknownUrl: (method: string, path: string) =>
    new Refusal(404, {
      type: 'invalid_request_error',
      message: `Unrecognized request URL (${method}: ${path}). Please see https://stripe.com/docs or we can help at https://support.stripe.com/.`,
    }),
  unknownVersion: (version: string) => refuse(`Invalid Stripe API version: ${version}`),
  unknownParameters: (params: string[]) =>
    refuse(`Received unknown parameter${params.length > 1 ? 's' : ''}: ${params.join(', ')}`, {
      code: 'parameter_unknown',
      param: params[0],
    }),
  missing: (param: string) => refuse(`Missing required param: ${param}.`, { code: 'parameter_missing', param }),
  /** Of the object in the address: 404. Of one that a parameter names: 400. */
  noSuch: (kind: string, id: string, param = 'id') =>
    new Refusal(param === 'id' ? 404 : 400, {
      type: 'invalid_request_error',
      code: 'resource_missing',
      message: `No such ${kind}: '${id}'`,
      param,
    }),
  onlyOne: (...params: string[]) =>
    refuse(`You may only specify one of these parameters: ${params.join(', ')}.`, { param: params[0] }),
  rateLimited: () =>
    new Refusal(
      429,
      {
        type: 'invalid_request_error',
        code: 'rate_limit',
        message: 'Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.',
      },
      { 'stripe-rate-limited-reason': 'global-rate' },
    ),
  broken: (status: number) =>
    new Refusal(status, {
      type: 'api_error',
      message: 'Sorry! There was an error while talking to one of our backends. Support has been notified.',
    }),
};

/** The first characters and the last four, as Stripe shows a key that it refuses. */
function maskKey(key: string): string {
  const kind = /^(?:sk|rk|pk)_(?:test|live)_/.exec(key)?.[0] ?? '';
  const rest = key.slice(kind.length);
  return `${kind}${'*'.repeat(Math.max(0, rest.length - 4))}${rest.slice(-4)}`;
}
