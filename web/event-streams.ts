import type { RequestHandler, Response } from 'express';

/** Knows which answers are server-sent events: they would never end by themselves, and must when the service stops. */
export function createEventStreams() {
  const answers = new Set<Response>();

  const track: RequestHandler = (_request, response, next) => {
    answers.add(response);
    response.once('close', () => answers.delete(response));
    next();
  };

  /** Ends them; their readers come back by themselves. */
  function end(): void {
    for (const response of answers) {
      if (String(response.getHeader('content-type')).startsWith('text/event-stream')) response.end();
    }
  }

  return { track, end };
}
