import type { Request, Response } from 'express';
import { type AccountStanding, AppError, staff } from '../../core/index.ts';
import type { SignInCore } from './index.ts';
import type { Sessions } from './session.ts';

export const securityPath = '/security';
const enrolPath = `${securityPath}/second-factor`;

/** Who asks, read afresh at every request: role, standing, and whether the session was ended meanwhile. */
export function createWho({ core, sessions }: { core: SignInCore; sessions: Sessions }) {
  /** Null for who is not signed in, or no longer. */
  async function read(request: Request): Promise<AccountStanding | null> {
    const signedIn = await sessions.read(request);
    if (!signedIn) return null;
    const standing = await core.accounts.readStanding(signedIn.accountId);
    if (standing?.epoch === signedIn.epoch) return standing;
    await sessions.end(request);
    return null;
  }

  /** In production those who run the service need a second factor. */
  function isEnrolmentDue({ account, hasSecondFactor }: AccountStanding): boolean {
    return demandsSecondFactor(account) && !hasSecondFactor;
  }

  function demandsSecondFactor({ role }: AccountStanding['account']): boolean {
    return core.settings.production && staff.includes(role);
  }

  return { read, isEnrolmentDue, demandsSecondFactor };
}

/** Brings a browser that opens a page to where it signs in. Throws AppError `sign_in_required` to others. */
export function askToSignIn(request: Request, response: Response): void {
  if (!wantsPage(request)) throw new AppError('sign_in_required');
  response.redirect(303, `/sign-in?${new URLSearchParams({ to: request.originalUrl })}`);
}

/** Brings a browser that opens a page to where it sets up a second factor. Throws AppError `second_factor_required` to others. */
export function askToEnrol(request: Request, response: Response): void {
  if (!wantsPage(request)) throw new AppError('second_factor_required');
  response.redirect(303, enrolPath);
}

function wantsPage(request: Request): boolean {
  return request.method === 'GET' && request.accepts(['json', 'html']) === 'html';
}
