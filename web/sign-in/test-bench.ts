import { hash } from '@node-rs/argon2';
import { Secret, TOTP } from 'otpauth';
import { passwordParameters } from '../../core/accounts/operator.ts';
import type { Account, Core } from '../../core/index.ts';
import { startTestCore } from '../../test/support/core.ts';
import { createWeb, type Web } from '../index.ts';
import { createSignIn } from './index.ts';

export const password = 'correct horse battery';

export type Sent = {
  method?: string;
  headers?: Record<string, string>;
  cookie?: string | undefined;
  form?: Record<string, string>;
};

/** Somebody with a password, and how their browser asks. */
export type Visitor = { id: string; email: string };

/** Signing in over HTTP, in front of a stand-in for the panel that says whom it was opened for. */
export async function startSignInBench(options: Parameters<typeof startTestCore>[0] = {}) {
  /** Milliseconds that all clocks are ahead. */
  let ahead = 0;
  const now = () => Date.now() + ahead;
  const service = await startTestCore({ clock: () => new Date(now()), environment: { PORT: '0' }, ...options });
  const webs: Web[] = [];

  /** Another process; `settings` over those of the core. */
  async function serve(settings: Partial<Core['settings']> = {}, core: Core = service.core): Promise<Site> {
    const own = { ...core, settings: { ...core.settings, publicUrlGiven: false, port: 0, ...settings } };
    const { router, guard } = createSignIn({ core: own, now });
    const panel = (_request: unknown, response: { locals: { account: Account }; json(body: object): void }) =>
      response.json({ email: response.locals.account.email });
    const web = createWeb({
      core: own,
      mounts: [
        { path: '/', handler: router },
        { path: '/admin', handler: guard },
        { path: '/admin', handler: panel as never },
      ],
    });
    await web.start();
    webs.push(web);
    return createSite(web.url);
  }

  return {
    ...service,
    service,
    now,
    serve,
    /** Puts all clocks forward. */
    pass(seconds: number) {
      ahead += seconds * 1000;
    },
    codeOf: (secret: string) => TOTP.generate({ secret: Secret.fromBase32(secret), timestamp: now() }),
    async makeVisitor(role: Account['role'] = 'operator'): Promise<Visitor> {
      const id = crypto.randomUUID();
      const email = `${id}@example.com`;
      const passwordHash = await hash(password, passwordParameters);
      await service.core.database.prisma.account.create({ data: { id, email, role, passwordHash } });
      return { id, email };
    },
    /** Sets up a second factor, past the service's pages. */
    async enrol({ id, email }: Visitor): Promise<{ secret: string; codes: string[] }> {
      const { secondFactor } = service.core.accounts;
      const { secret } = secondFactor.propose({ id, email }, 'bench');
      const code = TOTP.generate({ secret: Secret.fromBase32(secret), timestamp: now() });
      const { codes } = await secondFactor.enrol({ id, email }, 'bench', code);
      // The code that set it up is used.
      ahead += 30_000;
      return { secret, codes };
    },
    async close() {
      await Promise.all(webs.map((web) => web.stop()));
      await service.close();
    },
  };
}

export type SignInBench = Awaited<ReturnType<typeof startSignInBench>>;
export type Site = ReturnType<typeof createSite>;

function createSite(url: string) {
  const ask = (path: string, { cookie, headers, form, method }: Sent = {}) =>
    fetch(url + path, {
      redirect: 'manual',
      method: method ?? (form ? 'POST' : 'GET'),
      ...(form ? { body: new URLSearchParams(form) } : {}),
      headers: { ...headers, ...(cookie ? { cookie } : {}) },
    });
  const signIn = ({ email }: { email: string }, { form, ...sent }: Sent = {}) =>
    ask('/sign-in', { ...sent, form: { email, password, ...form } });
  return { url, ask, signIn };
}

/** What the browser sends along from now on. */
export function cookieOf(response: Response): string | undefined {
  return response.headers.getSetCookie()[0]?.split(';')[0];
}

export const page = { accept: 'text/html' };
