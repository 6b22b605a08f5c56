import type { Request, Response } from 'express';
import { AppError } from '../../core/index.ts';
import type { SignInCore } from './index.ts';

type Needed = Pick<SignInCore, 'log' | 'words'>;

/** Shows the page again with what went wrong, as the words' tiny HTML. Throws what is no refusal of ours. */
export async function refuse(
  core: Needed,
  request: Request,
  response: Response,
  error: unknown,
  show: (html: string, error: AppError) => string | Promise<string>,
): Promise<void> {
  if (!(error instanceof AppError)) throw error;
  core.log.info({ reason: error.code, request: response.locals.requestId }, 'a sign-in was refused');
  const html = core.words.html(localeOf(core, request), `errors.${error.code}`, error.values);
  if (error.code === 'too_many_attempts') response.set('retry-after', String(Number(error.values.count) * 60));
  const page = await show(html, error);
  response.status(error.status).type('html').send(page);
}

/** The language of the browser. */
export function localeOf({ words }: Pick<Needed, 'words'>, request: Request): string {
  return words.pick(request.acceptsLanguages()[0]);
}
