import type { ErrorRequestHandler, Request, RequestHandler } from 'express';
import { AppError, describeReceipt, isDatabaseAway, type Reader } from '../core/index.ts';
import { tooLarge } from './body-limit.ts';
import { errorPage } from './error-page.ts';
import type { WebCore } from './index.ts';
import { secondsUntilReset, writeLimits } from './limits.ts';

const retryAfterFaultSeconds = 5;

/** What nothing answered. */
export const refuseUnknown: RequestHandler = () => {
  throw new AppError('not_found', { what: '' });
};

/**
 * The one error boundary of HTTP. Refusals answer `{"error": {type, code, message, param?, receipt?}}` with their
 * status, or a page for a browser; anything else is ours, is logged, and answers 500 with the request's number.
 */
export function catchErrors(core: Pick<WebCore, 'log' | 'words'>): ErrorRequestHandler {
  return (thrown: unknown, request, response, _next) => {
    const requestId: string = response.locals.requestId;
    const error = toAppError(thrown, requestId);
    if (error.status >= 500 && error.code !== 'quota_unavailable') {
      core.log.error(
        { err: thrown, request: requestId, method: request.method, path: request.path },
        'a request failed',
      );
    }
    if (response.headersSent) {
      // Too late for words; an answer cut off is at least not taken for a whole one.
      response.destroy();
      return;
    }
    const locale = core.words.pick(request.acceptsLanguages()[0]);
    const html = describe(core, locale, error, response.locals.reader);
    const retryAfter = retryAfterSeconds(error);
    // A refused answer must not be kept under headers that were meant for a good one.
    for (const name of ['etag', 'last-modified', 'content-disposition', 'content-length']) response.removeHeader(name);
    if (error.receipt) writeLimits(response, error.receipt);
    if (retryAfter !== null) response.set('retry-after', String(retryAfter));
    response.status(error.status).set({ 'cache-control': 'no-store', vary: 'accept, accept-language' });
    if (wantsPage(request)) response.type('html').send(errorPage(core, { locale, html, requestId }));
    else response.json({ error: toBody(error, html) });
  };
}

/** A refusal in the shape that all have, in words for developers, for where no error boundary is. */
export function presentError(core: Pick<WebCore, 'words'>, locale: string, error: AppError) {
  return toBody(error, describe(core, locale, error, 'rest'));
}

function toBody(error: AppError, html: string) {
  const param = error.values.field ?? error.values.option;
  return {
    type: typeOf(error.status),
    code: error.code,
    message: unescapeHtml(html.replace(/<[^>]*>/g, '')),
    ...(param === undefined ? {} : { param }),
    ...(error.receipt ? { receipt: error.receipt } : {}),
  };
}

/** The kinds that clients of OpenAI and Stripe know. */
function typeOf(status: number): string {
  if (status === 401) return 'authentication_error';
  if (status === 403) return 'permission_error';
  if (status === 429) return 'rate_limit_error';
  return status >= 500 ? 'api_error' : 'invalid_request_error';
}

/** What Express and its parsers throw carries `type` and `status`. */
function toAppError(thrown: unknown, requestId: string): AppError {
  if (thrown instanceof AppError) {
    return thrown.code === 'internal' ? new AppError('internal', { request: requestId }, { cause: thrown }) : thrown;
  }
  const { type, status } = (thrown ?? {}) as { type?: unknown; status?: unknown };
  if (type === 'entity.too.large') return tooLarge();
  if (status === 415) return new AppError('unsupported_media_type', { allowed: 'JSON, UTF-8' }, { cause: thrown });
  if (type === 'entity.parse.failed')
    return new AppError('invalid_input', { field: 'body', allowed: 'JSON' }, { cause: thrown });
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new AppError('invalid_input', { field: 'request', allowed: 'HTTP' }, { cause: thrown });
  }
  if (isDatabaseAway(thrown)) return new AppError('unavailable', {}, { cause: thrown });
  return new AppError('internal', { request: requestId }, { cause: thrown });
}

/** A refusal as tiny HTML: with a receipt, which limit it was, when it ends, what would help. */
function describe({ words }: Pick<WebCore, 'words'>, locale: string, error: AppError, reader?: Reader): string {
  if (error.code === 'not_found' && !error.values.what) return words.html(locale, 'web.error_missing');
  if (!error.receipt) return words.html(locale, `errors.${error.code}`, error.values, reader);
  return describeReceipt(words, locale, error.receipt, { now: new Date(), reader });
}

function retryAfterSeconds({ receipt, status, values }: AppError): number | null {
  if (receipt) return secondsUntilReset(receipt);
  if (typeof values.seconds === 'number') return values.seconds;
  return status === 503 || status === 429 ? retryAfterFaultSeconds : null;
}

function wantsPage(request: Request): boolean {
  return request.accepts(['json', 'html']) === 'html';
}

const entities: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'", '&amp;': '&' };
function unescapeHtml(text: string): string {
  return text.replace(/&(?:lt|gt|quot|#39|amp);/g, (entity) => entities[entity] as string);
}
