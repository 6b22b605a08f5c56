import { createHash } from 'node:crypto';
import { RedisStore } from 'connect-redis';
import type { Request, RequestHandler } from 'express';
import session from 'express-session';
import { z } from 'zod';
import { AppError } from '../../core/index.ts';
import { describeDevice } from './device.ts';
import type { SignInCore } from './index.ts';

/** Without a request for that long, or that long after signing in, a session is over. */
const idleSeconds = 30 * 60;
const absoluteMs = 12 * 60 * 60 * 1000;
/** Who knows the password has that long to find the second factor. */
const secondStepMs = 10 * 60 * 1000;

/** Times are milliseconds since 1970. `epoch` is the account's number of sessions as it was when signing in. */
type Subject = { accountId: string; epoch: number };
export type SignedIn = Subject & { at: number; device: string | null; address: string };
/** The password was right, a second factor is awaited; then the browser goes on to `to`. */
export type AwaitingCode = Subject & { at: number; to: string };

/** A session as its owner sees it. `handle` names it without being worth anything to who reads it. */
export type ListedSession = Omit<SignedIn, keyof Subject> & { handle: string; seenAt: number; isThis: boolean };

declare module 'express-session' {
  interface SessionData {
    signedIn: SignedIn;
    awaitingCode: AwaitingCode;
  }
}

const kept = z.object({
  signedIn: z.object({
    accountId: z.string(),
    epoch: z.number(),
    at: z.number(),
    device: z.string().nullable(),
    address: z.string(),
  }),
});

/** Who is signed in, by a cookie that only names a session in Redis. Nothing is kept for those who are not. */
export function createSessions({ core, now }: { core: SignInCore; now: () => number }) {
  const secure = core.settings.production || core.settings.publicUrl.startsWith('https:');
  const handle = session({
    name: secure ? '__Host-easel' : 'easel',
    secret: Buffer.from(core.secrets.derive('session-cookies')).toString('base64'),
    store: new RedisStore({ client: toRedisClient(core.sessions), prefix: '', ttl: idleSeconds }),
    resave: false,
    saveUninitialized: false,
    proxy: true,
    cookie: { httpOnly: true, sameSite: 'lax', secure, path: '/' },
  });

  /** Reads the session of a request, before anything else asks for it. */
  const open: RequestHandler = (request, response, next) => {
    // A proxy in between that does not say that people come by HTTPS must not lock them out; over plain HTTP
    // browsers keep the cookie from being sent.
    if (secure) request.headers['x-forwarded-proto'] = 'https';
    handle(request, response, (error?: unknown) => {
      next(error ? new AppError('unavailable', {}, { cause: error }) : undefined);
    });
  };

  /** Who signed in, unless the session has become too old. The account's standing is for the caller to ask. */
  async function read(request: Request): Promise<SignedIn | null> {
    const { signedIn } = request.session;
    if (!signedIn) return null;
    if (now() - signedIn.at < absoluteMs) return signedIn;
    await end(request);
    return null;
  }

  /** Whose second factor is awaited, unless that has taken too long. */
  function readAwaiting(request: Request): AwaitingCode | null {
    const { awaitingCode } = request.session;
    return awaitingCode && now() - awaitingCode.at < secondStepMs ? awaitingCode : null;
  }

  /** Signs in, under a new session id: one that somebody else planted is worth nothing. */
  async function begin(request: Request, { accountId, epoch }: Subject): Promise<void> {
    const device = describeDevice(request.get('user-agent') ?? '');
    const signedIn = { accountId, epoch, at: now(), device, address: request.ip ?? '' };
    await renew(request, { signedIn });
    await asRefusal(core.sessions.enlist(accountId, request.sessionID));
  }

  /** Notes that the password was right, which opens nothing yet. */
  function awaitCode(request: Request, { accountId, epoch }: Subject, to: string): Promise<void> {
    return renew(request, { awaitingCode: { accountId, epoch, at: now(), to } });
  }

  async function renew(request: Request, data: Partial<session.SessionData>): Promise<void> {
    await settle((done) => request.session.regenerate(done));
    Object.assign(request.session, data);
    await settle((done) => request.session.save(done));
  }

  async function end(request: Request): Promise<void> {
    await settle((done) => request.session.destroy(done));
  }

  /** Sessions of an account that open something still; this one first, then the latest seen. */
  async function list(request: Request, { accountId, epoch }: Subject): Promise<ListedSession[]> {
    const found = await asRefusal(core.sessions.list(accountId));
    const sessions = found.flatMap(({ id, text, seconds }) => {
      const parsed = kept.safeParse(JSON.parse(text));
      if (!parsed.success) return [];
      const { accountId: owner, epoch: began, ...shown } = parsed.data.signedIn;
      if (owner !== accountId || began !== epoch || now() - shown.at >= absoluteMs) return [];
      const seenAt = now() - (idleSeconds - seconds) * 1000;
      return [{ ...shown, handle: handleOf(id), seenAt, isThis: id === request.sessionID }];
    });
    return sessions.sort((one, other) => Number(other.isThis) - Number(one.isThis) || other.seenAt - one.seenAt);
  }

  /** Ends one session of an account, in every process at its next request. Another account's is left alone. */
  async function endOne(accountId: string, wanted: string): Promise<void> {
    const found = await asRefusal(core.sessions.list(accountId));
    const one = found.find(({ id }) => handleOf(id) === wanted);
    if (one) await asRefusal(core.sessions.end(one.id));
  }

  return { open, read, readAwaiting, begin, awaitCode, end, list, endOne };
}

export type Sessions = ReturnType<typeof createSessions>;

/** The store speaks to the client of node-redis; ours is another, so it is given the four calls that it makes. */
function toRedisClient({ read, write, prolong, end }: SignInCore['sessions']) {
  return {
    get: read,
    set: (id: string, text: string, { expiration }: { expiration: { value: number } }) =>
      write(id, text, expiration.value),
    expire: prolong,
    del: ([id]: [string]) => end(id),
  };
}

function handleOf(id: string): string {
  return createHash('sha256').update(id).digest('base64url');
}

function settle(call: (done: (error?: unknown) => void) => void): Promise<void> {
  return asRefusal(
    new Promise((resolve, reject) => {
      call((error) => (error ? reject(error) : resolve()));
    }),
  );
}

async function asRefusal<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new AppError('unavailable', {}, { cause: error });
  }
}
