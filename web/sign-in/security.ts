import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import { type AccountStanding, AppError, type ErrorCode } from '../../core/index.ts';
import type { SignInCore } from './index.ts';
import { localeOf, refuse } from './refusal.ts';
import { createSecurityPages, type Faults } from './security-pages.ts';
import type { Sessions } from './session.ts';
import { askToEnrol, askToSignIn, type createWho } from './standing.ts';

/** What may be said after coming back to the first page. */
const notes = ['password_changed', 'factor_removed', 'session_ended', 'others_ended', 'recovery_used'];
const textOf = (value: unknown) => (typeof value === 'string' ? value : '');

/**
 * Where people look after their own sign-in: `/security` and below, to be mounted at `/security` behind the
 * session. Nothing is parsed for who is not signed in.
 */
export function createSecurity({
  core,
  sessions,
  who,
}: {
  core: SignInCore;
  sessions: Sessions;
  who: ReturnType<typeof createWho>;
}): Router {
  const { secondFactor, changePassword, endSessions } = core.accounts;
  const pages = createSecurityPages(core);
  const standingOf = (response: Response) => response.locals.standing as AccountStanding;

  const guard: RequestHandler = async (request, response, next) => {
    const standing = await who.read(request);
    if (!standing) return askToSignIn(request, response);
    if (standing.account.status !== 'active') throw new AppError('forbidden');
    if (who.isEnrolmentDue(standing) && request.path !== '/second-factor') return askToEnrol(request, response);
    response.locals.standing = standing;
    return next();
  };

  const router = express.Router({ caseSensitive: true });
  router.use(guard, express.urlencoded({ extended: false, limit: 10_000 }));

  router.get('/', async (request, response) => {
    const { account, epoch } = standingOf(response);
    const locale = localeOf(core, request);
    const [status, listed] = await Promise.all([
      secondFactor.status(account.id),
      sessions.list(request, { accountId: account.id, epoch }),
    ]);
    const done = notes.find((note) => note === request.query.done);
    const note = done && { html: core.words.html(locale, `security.done.${done}`), refused: false };
    const view = { account, secondFactor: status, sessions: listed, ...(note ? { note } : {}) };
    response.type('html').send(pages.overview(locale, view));
  });

  router.get('/second-factor', async (request, response) => {
    response.type('html').send(await showSecondFactor(request, response));
  });

  router.post('/second-factor', async (request, response) => {
    const { account } = standingOf(response);
    try {
      const code = textOf(request.body?.code);
      const { codes, epoch } = await secondFactor.enrol(account, request.sessionID, code);
      // It ended every session, this one too: it begins anew, as one that may go on.
      await sessions.begin(request, { accountId: account.id, epoch });
      core.log.info({ account: account.id }, 'a second factor was set up');
      response.type('html').send(pages.recoveryCodes(localeOf(core, request), codes));
    } catch (error) {
      await answerFault(request, response, error, 'code');
    }
  });

  router.post('/second-factor/remove', async (request, response) => {
    const { account } = standingOf(response);
    try {
      await secondFactor.check(givenCode(request, response, 'remove'));
      const { epoch } = await secondFactor.remove(account.id);
      await sessions.begin(request, { accountId: account.id, epoch });
      core.log.info({ account: account.id }, 'a second factor was taken off');
      response.redirect(303, '/security?done=factor_removed');
    } catch (error) {
      await answerFault(request, response, error, 'remove');
    }
  });

  router.post('/recovery-codes', async (request, response) => {
    try {
      const codes = await secondFactor.renewRecoveryCodes(givenCode(request, response, 'renew'));
      core.log.info({ account: standingOf(response).account.id }, 'recovery codes were renewed');
      response.type('html').send(pages.recoveryCodes(localeOf(core, request), codes));
    } catch (error) {
      await answerFault(request, response, error, 'renew');
    }
  });

  router.get('/password', (request, response) => {
    response.type('html').send(pages.password(localeOf(core, request), standingOf(response).account));
  });

  router.post('/password', async (request, response) => {
    const { account } = standingOf(response);
    const { current, next, repeat } = request.body ?? {};
    try {
      if (textOf(next) !== textOf(repeat)) throw new AppError('password_repeated');
      const given = { current: textOf(current), next: textOf(next), address: request.ip ?? '' };
      const epoch = await changePassword({ accountId: account.id, ...given });
      await sessions.begin(request, { accountId: account.id, epoch });
      core.log.info({ account: account.id }, 'a password was changed');
      response.redirect(303, '/security?done=password_changed');
    } catch (error) {
      const fieldOf: Partial<Record<ErrorCode, string>> = { password_length: 'next', password_repeated: 'repeat' };
      refuse(core, request, response, error, (html, { code }) =>
        pages.password(localeOf(core, request), account, { [fieldOf[code] ?? 'current']: html }),
      );
    }
  });

  router.post('/sessions/end', async (request, response) => {
    await sessions.endOne(standingOf(response).account.id, textOf(request.body?.session));
    response.redirect(303, '/security?done=session_ended');
  });

  router.post('/sessions/end-others', async (request, response) => {
    const { id } = standingOf(response).account;
    await sessions.begin(request, { accountId: id, epoch: await endSessions(id) });
    core.log.info({ account: id }, 'all other sessions were ended');
    response.redirect(303, '/security?done=others_ended');
  });

  async function showSecondFactor(request: Request, response: Response, faults: Faults = {}): Promise<string> {
    const { account } = standingOf(response);
    const locale = localeOf(core, request);
    const demanded = { demanded: who.demandsSecondFactor(account) };
    const status = await secondFactor.status(account.id);
    if (status) return pages.manage(locale, status, demanded, faults);
    return pages.enrol(locale, secondFactor.propose(account, request.sessionID), demanded, faults);
  }

  async function answerFault(request: Request, response: Response, error: unknown, field: string): Promise<void> {
    const show = async (html: string) => showSecondFactor(request, response, { [field]: html });
    await refuse(core, request, response, error, show);
  }

  function givenCode(request: Request, response: Response, field: string) {
    const accountId = standingOf(response).account.id;
    return { accountId, code: textOf(request.body?.[field]), address: request.ip ?? '' };
  }

  return router;
}
