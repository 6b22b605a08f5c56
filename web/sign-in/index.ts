import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import { z } from 'zod';
import { type Account, AppError, type Core } from '../../core/index.ts';
import { createPages } from './pages.ts';
import { refuseCrossSite } from './same-site.ts';
import { createSessions } from './session.ts';

export type SignInCore = Pick<Core, 'accounts' | 'log' | 'secrets' | 'sessions' | 'words'> & {
  settings: Pick<Core['settings'], 'publicUrl'>;
};

export type SignIn = {
  /** `/sign-in` and `/sign-out`, to be mounted at `/`. */
  router: Router;
  /**
   * Stands in front of the panel, before anything of a request is parsed. Lets those through who run the
   * service, and gives their account, read afresh, as `response.locals.account`. Others get 401 or 403; a
   * browser that opens a page is brought to `/sign-in`.
   */
  guard: RequestHandler;
};

const entrance = '/admin';
const staff: readonly Account['role'][] = ['owner', 'operator', 'viewer'];
const form = z.object({ email: z.string(), password: z.string(), to: z.string().default(entrance) });

/** Signing in by browser. `now` is the time in milliseconds. */
export function createSignIn({ core, now = Date.now }: { core: SignInCore; now?: () => number }): SignIn {
  const sessions = createSessions({ core, now });
  const pages = createPages(core);
  const sameSite = refuseCrossSite(core.settings);

  const router = express.Router();
  router.use(['/sign-in', '/sign-out'], noStore, sameSite, sessions.open);

  router.get('/sign-in', async (request, response) => {
    const to = readPath(request.query.to);
    if (await whoIs(request)) return response.redirect(303, to);
    const locale = localeOf(request);
    const html = request.query.out === undefined ? null : core.words.html(locale, 'signin.signed_out');
    return response.type('html').send(pages.signIn({ locale, to, ...(html && { note: { html, refused: false } }) }));
  });

  router.post('/sign-in', express.urlencoded({ extended: false, limit: 10_000 }), async (request, response) => {
    const given = form.safeParse(request.body ?? {});
    if (!given.success) throw new AppError('invalid_input', { field: 'form', allowed: 'email, password' });
    const { email, password } = given.data;
    const to = readPath(given.data.to);
    try {
      const account = await core.accounts.signIn({ email, password, address: request.ip ?? '' });
      await sessions.begin(request, account.id);
      core.log.info({ account: account.id }, 'signed in');
      response.redirect(303, to);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      core.log.info({ reason: error.code, request: response.locals.requestId }, 'a sign-in was refused');
      const locale = localeOf(request);
      const html = core.words.html(locale, `errors.${error.code}`, error.values);
      if (error.code === 'too_many_attempts') response.set('retry-after', String(Number(error.values.count) * 60));
      const view = { locale, to, email, note: { html, refused: true } };
      response.status(error.status).type('html').send(pages.signIn(view));
    }
  });

  router.get('/sign-out', async (request, response) => {
    const account = await whoIs(request);
    if (!account) return response.redirect(303, '/sign-in');
    return response.type('html').send(pages.signOut({ locale: localeOf(request), email: account.email }));
  });

  router.post('/sign-out', async (request, response) => {
    await sessions.end(request);
    response.redirect(303, '/sign-in?out');
  });

  const guard = express.Router();
  guard.use(noStore, sameSite, sessions.open, async (request, response, next) => {
    const account = await whoIs(request);
    if (!account) return askToSignIn(request, response);
    if (account.status !== 'active' || !staff.includes(account.role)) throw new AppError('forbidden');
    response.locals.account = account;
    return next();
  });

  async function whoIs(request: Request): Promise<Account | null> {
    const id = await sessions.read(request);
    if (!id) return null;
    return core.accounts.get(id).catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'not_found') return null;
      throw error;
    });
  }

  function localeOf(request: Request): string {
    return core.words.pick(request.acceptsLanguages()[0]);
  }

  return { router, guard };
}

const noStore: RequestHandler = (_request, response, next) => {
  // Under the shell's `no-referrer` browsers would send our own forms with `Origin: null`.
  response.set({ 'cache-control': 'no-store', 'referrer-policy': 'same-origin' });
  next();
};

function askToSignIn(request: Request, response: Response): void {
  const wantsPage = request.method === 'GET' && request.accepts(['json', 'html']) === 'html';
  if (!wantsPage) throw new AppError('sign_in_required');
  response.redirect(303, `/sign-in?${new URLSearchParams({ to: request.originalUrl })}`);
}

/** A path of ours, whatever was asked for: nobody is sent to another site after signing in. */
function readPath(wanted: unknown): string {
  const own = 'http://own.invalid';
  if (typeof wanted !== 'string' || !wanted.startsWith('/') || !URL.canParse(wanted, own)) return entrance;
  const url = new URL(wanted, own);
  return url.origin === own ? `${url.pathname}${url.search}` : entrance;
}
