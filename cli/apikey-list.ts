import { type Answer, type Given, UsageError } from './command.ts';
import { findAccount } from './find-account.ts';
import { withCore } from './with-core.ts';

/** Lists an account's keys, without the keys themselves. */
export async function run(given: Given): Promise<Answer> {
  const { email } = given.options;
  if (!email) throw new UsageError('"apikey list" needs --email');
  return withCore(given, async (core) => {
    const keys = await core.apiKeys.list(await findAccount(core, email));
    const lines = keys.map(({ name, prefix, lastFour, scopes, lastUsedAt, expiresAt }) =>
      [
        `${name}: ${prefix}…${lastFour}`,
        scopes.join(', '),
        lastUsedAt ? `last used ${lastUsedAt.toISOString()}` : 'never used',
        expiresAt ? `until ${expiresAt.toISOString()}` : 'without an end',
      ].join(' · '),
    );
    return { ok: true, lines: lines.length ? lines : [`${email} has no API keys`], data: { apiKeys: keys } };
  });
}
