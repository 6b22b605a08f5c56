import { RedisStore } from 'connect-redis';
import type { Request, RequestHandler } from 'express';
import session from 'express-session';
import { AppError } from '../../core/index.ts';
import type { SignInCore } from './index.ts';

/** Without a request for that long, or that long after signing in, a session is over. */
const idleSeconds = 30 * 60;
const absoluteMs = 12 * 60 * 60 * 1000;

declare module 'express-session' {
  interface SessionData {
    accountId: string;
    /** Milliseconds since 1970. */
    signedInAt: number;
  }
}

/** Who is signed in, by a cookie that only names a session in Redis. Nothing is kept for those who are not. */
export function createSessions({ core, now }: { core: SignInCore; now: () => number }) {
  const secure = core.settings.publicUrl.startsWith('https:');
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
    // PUBLIC_URL says that people come by HTTPS; a proxy in between that does not say so must not lock them out.
    if (secure) request.headers['x-forwarded-proto'] = 'https';
    handle(request, response, (error?: unknown) => {
      next(error ? new AppError('unavailable', {}, { cause: error }) : undefined);
    });
  };

  /** The account that signed in, unless the session has become too old. Its standing is for the caller to ask. */
  async function read(request: Request): Promise<string | null> {
    const { accountId, signedInAt } = request.session;
    if (!accountId || !signedInAt) return null;
    if (now() - signedInAt < absoluteMs) return accountId;
    await end(request);
    return null;
  }

  /** Signs in, under a new session id: one that somebody else planted is worth nothing. */
  async function begin(request: Request, accountId: string): Promise<void> {
    await settle((done) => request.session.regenerate(done));
    Object.assign(request.session, { accountId, signedInAt: now() });
    await settle((done) => request.session.save(done));
  }

  async function end(request: Request): Promise<void> {
    await settle((done) => request.session.destroy(done));
  }

  return { open, read, begin, end };
}

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

function settle(call: (done: (error?: unknown) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    call((error) => (error ? reject(new AppError('unavailable', {}, { cause: error })) : resolve()));
  });
}
