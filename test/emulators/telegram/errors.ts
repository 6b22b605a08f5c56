/** What the Bot API puts beside an error: when to try again. */
export interface ErrorParameters {
  retry_after?: number;
}

/** A refusal in the Bot API's own words; the server answers it as `{ok: false, error_code, description}`. */
export class ApiError extends Error {
  readonly code: number;
  readonly parameters: ErrorParameters | undefined;

  constructor(code: number, description: string, parameters?: ErrorParameters) {
    super(description);
    this.code = code;
    this.parameters = parameters;
  }
}

/**
 * A 400. The service lower-cases the first letter of its own sentences and leaves codes
 * such as `BUTTON_DATA_INVALID` as they are.
 */
export function badRequest(sentence: string): ApiError {
  const isCode = /^.[A-Z_]/.test(sentence);
  const text = isCode ? sentence : sentence.charAt(0).toLowerCase() + sentence.slice(1);
  return new ApiError(400, `Bad Request: ${text}`);
}

/** A 403. */
export function forbidden(sentence: string): ApiError {
  return new ApiError(403, `Forbidden: ${sentence}`);
}

/** A 409: somebody else is reading this bot's updates. */
export function conflict(sentence: string): ApiError {
  return new ApiError(409, `Conflict: ${sentence}`);
}

/** A 429 with the whole seconds to wait. */
export function tooManyRequests(retryAfter: number): ApiError {
  return new ApiError(429, `Too Many Requests: retry after ${retryAfter}`, {
    retry_after: retryAfter,
  });
}
