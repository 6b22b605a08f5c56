import express, { type RequestHandler, type Router } from 'express';
import { AppError, type Core, staff } from '../../core/index.ts';
import { createEntrance } from './entrance.ts';
import { refuseCrossSite } from './same-site.ts';
import { createSecurity } from './security.ts';
import { createSessions } from './session.ts';
import { askToEnrol, askToSignIn, createWho, securityPath } from './standing.ts';

export type SignInCore = Pick<Core, 'accounts' | 'log' | 'secrets' | 'sessions' | 'words'> & {
  settings: Pick<Core['settings'], 'production' | 'publicUrl'>;
};

export type SignIn = {
  /** `/sign-in`, `/sign-out` and `/security`, to be mounted at `/`. */
  router: Router;
  /**
   * Stands in front of the panel, before anything of a request is parsed. Lets those through who run the
   * service, and gives their account, read afresh, as `response.locals.account`. Others get 401 or 403; a
   * browser that opens a page is brought to `/sign-in`, or to where it sets up a second factor.
   */
  guard: RequestHandler;
};

/** Signing in by browser. `now` is the time in milliseconds. */
export function createSignIn({ core, now = Date.now }: { core: SignInCore; now?: () => number }): SignIn {
  const sessions = createSessions({ core, now });
  const who = createWho({ core, sessions });
  const sameSite = refuseCrossSite(core.settings);

  const router = express.Router();
  router.use(['/sign-in', '/sign-out', securityPath], noStore, sameSite, sessions.open);
  router.use(createEntrance({ core, sessions, who }));
  router.use(securityPath, createSecurity({ core, sessions, who }));

  const guard = express.Router();
  guard.use(noStore, sameSite, sessions.open, async (request, response, next) => {
    const standing = await who.read(request);
    if (!standing) return askToSignIn(request, response);
    const { account } = standing;
    if (account.status !== 'active' || !staff.includes(account.role)) throw new AppError('forbidden');
    if (who.isEnrolmentDue(standing)) return askToEnrol(request, response);
    response.locals.account = account;
    return next();
  });

  return { router, guard };
}

const noStore: RequestHandler = (_request, response, next) => {
  // Under the shell's `no-referrer` browsers would send our own forms with `Origin: null`.
  response.set({ 'cache-control': 'no-store', 'referrer-policy': 'same-origin' });
  next();
};
