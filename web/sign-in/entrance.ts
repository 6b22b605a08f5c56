import express, { type Request, type Router } from 'express';
import { z } from 'zod';
import { AppError } from '../../core/index.ts';
import type { SignInCore } from './index.ts';
import type { Note } from './page.ts';
import { createPages } from './pages.ts';
import { localeOf, refuse } from './refusal.ts';
import type { Sessions } from './session.ts';
import type { createWho } from './standing.ts';

const panel = '/admin';
const passwordForm = z.object({ email: z.string(), password: z.string(), to: z.string().default(panel) });
const codeForm = z.union([z.object({ code: z.string() }), z.object({ recovery: z.string() })]);
const localNames = ['localhost', '127.0.0.1', '[::1]'];

/** `/sign-in`, its second step, and `/sign-out`, behind the session. Only short forms are parsed. */
export function createEntrance({
  core,
  sessions,
  who,
}: {
  core: SignInCore;
  sessions: Sessions;
  who: ReturnType<typeof createWho>;
}): Router {
  const pages = createPages(core);
  const readForm = express.urlencoded({ extended: false, limit: 10_000 });
  const router = express.Router();

  router.get('/sign-in', async (request, response) => {
    const to = readPath(request.query.to);
    if (await who.read(request)) return response.redirect(303, to);
    const locale = localeOf(core, request);
    return response.type('html').send(pages.signIn({ locale, to, note: greet(request, locale) }));
  });

  router.post('/sign-in', readForm, async (request, response) => {
    const given = passwordForm.safeParse(request.body ?? {});
    if (!given.success) throw new AppError('invalid_input', { field: 'form', allowed: 'email, password' });
    const { email, password } = given.data;
    const to = readPath(given.data.to);
    try {
      const proved = await core.accounts.signIn({ email, password, address: request.ip ?? '' });
      if (proved.needsSecondFactor) {
        await sessions.awaitCode(request, proved, to);
        return response.redirect(303, '/sign-in/second-factor');
      }
      await sessions.begin(request, proved);
      core.log.info({ account: proved.accountId }, 'signed in');
      return response.redirect(303, to);
    } catch (error) {
      return refuse(core, request, response, error, (html) =>
        pages.signIn({ locale: localeOf(core, request), to, email, note: { html, refused: true } }),
      );
    }
  });

  router.get('/sign-in/second-factor', (request, response) => {
    if (!sessions.readAwaiting(request)) return response.redirect(303, '/sign-in');
    return response.type('html').send(pages.code({ locale: localeOf(core, request) }));
  });

  router.post('/sign-in/second-factor', (request, response, next) => {
    const awaited = sessions.readAwaiting(request);
    if (awaited) {
      response.locals.awaited = awaited;
      return next();
    }
    const locale = localeOf(core, request);
    const note = { html: core.words.html(locale, 'signin.late'), refused: true };
    return response
      .status(401)
      .type('html')
      .send(pages.signIn({ locale, to: panel, note }));
  });
  router.post('/sign-in/second-factor', readForm, async (request, response) => {
    const awaited: NonNullable<ReturnType<Sessions['readAwaiting']>> = response.locals.awaited;
    const given = codeForm.safeParse(request.body ?? {});
    if (!given.success) throw new AppError('invalid_input', { field: 'form', allowed: 'code, recovery' });
    const recovery = 'recovery' in given.data;
    const code = 'recovery' in given.data ? given.data.recovery : given.data.code;
    try {
      const { accountId } = awaited;
      const used = await core.accounts.secondFactor.check({ accountId, code, address: request.ip ?? '' });
      await sessions.begin(request, awaited);
      core.log.info({ account: accountId, by: used }, 'signed in');
      response.redirect(303, used === 'recovery' ? '/security?done=recovery_used' : awaited.to);
    } catch (error) {
      await refuse(core, request, response, error, (html) =>
        pages.code({ locale: localeOf(core, request), error: html, recovery }),
      );
    }
  });

  router.get('/sign-out', async (request, response) => {
    const standing = await who.read(request);
    if (!standing) return response.redirect(303, '/sign-in');
    const { email } = standing.account;
    return response.type('html').send(pages.signOut({ locale: localeOf(core, request), email }));
  });

  router.post('/sign-out', async (request, response) => {
    await sessions.end(request);
    response.redirect(303, '/sign-in?out');
  });

  function greet(request: Request, locale: string): Note | undefined {
    const say = (key: string, refused: boolean) => ({ html: core.words.html(locale, `signin.${key}`), refused });
    // Browsers keep no secure cookie of a page that came without TLS, except from this machine.
    const { production, publicUrl } = core.settings;
    if (production && publicUrl.startsWith('http:') && !localNames.includes(request.hostname))
      return say('needs_https', true);
    return request.query.out === undefined ? undefined : say('signed_out', false);
  }

  return router;
}

/** A path of ours, whatever was asked for: nobody is sent to another site after signing in. */
function readPath(wanted: unknown): string {
  const own = 'http://own.invalid';
  if (typeof wanted !== 'string' || !wanted.startsWith('/') || !URL.canParse(wanted, own)) return panel;
  const url = new URL(wanted, own);
  return url.origin === own ? `${url.pathname}${url.search}` : panel;
}
