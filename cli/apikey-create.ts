import { type Scope, scopes } from '../core/index.ts';
import { type Answer, type Given, UsageError } from './command.ts';
import { findAccount } from './find-account.ts';
import { withCore } from './with-core.ts';

const dayMs = 86_400_000;

/** Makes a key for an account; the key itself is in the answer and nowhere else. */
export async function run(given: Given): Promise<Answer> {
  const { email, name = 'command line', scopes: wanted, expires, cap } = given.options;
  if (!email) throw new UsageError('"apikey create" needs --email');
  const asked = {
    name,
    scopes: readScopes(wanted),
    expiresAt: expires === undefined ? null : readTime(expires),
    dailyCap: cap === undefined ? null : readCap(cap),
  };
  return withCore(given, async (core) => {
    const accountId = await findAccount(core, email);
    const { key, secret } = await core.apiKeys.create({ accountId, ...asked });
    const until = key.expiresAt ? `until ${key.expiresAt.toISOString()}` : 'without an end';
    return {
      ok: true,
      lines: [`Made the API key ${key.name}: ${key.scopes.join(', ')}, ${until}`, `Key, shown this once: ${secret}`],
      data: { key: secret, apiKey: key },
    };
  });
}

/** All of them when nothing is said. */
function readScopes(text: string | undefined): readonly Scope[] {
  if (text === undefined) return scopes;
  const wanted = text.split(',').map((word) => word.trim());
  const chosen = scopes.filter((scope) => wanted.includes(scope));
  if (wanted.some((word) => !chosen.some((scope) => scope === word)))
    throw new UsageError(`--scopes takes some of ${scopes.join(',')}, not ${text}`);
  return chosen;
}

function readTime(text: string): Date {
  const days = /^(\d{1,4})d$/.exec(text)?.[1];
  const isTime = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2}))?$/.test(text);
  const time = days ? new Date(Date.now() + Number(days) * dayMs) : new Date(isTime ? text : Number.NaN);
  if (time.getTime() > Date.now()) return time;
  throw new UsageError(`--expires must be days (90d) or a date to come (2030-01-31, UTC), not ${text}`);
}

function readCap(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new UsageError(`--cap must be a whole number from 1 to 999999, not ${text}`);
}
