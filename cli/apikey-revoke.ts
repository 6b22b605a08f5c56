import { type Answer, type Given, UsageError } from './command.ts';
import { findAccount } from './find-account.ts';
import { withCore } from './with-core.ts';

/** Revokes a key; every process refuses it from then on. */
export async function run(given: Given): Promise<Answer> {
  const [meant = ''] = given.positionals;
  const { email } = given.options;
  if (!email) throw new UsageError('"apikey revoke" needs --email');
  return withCore(given, async (core) => {
    const accountId = await findAccount(core, email);
    const { id, name, prefix, lastFour } = await core.apiKeys.pick(accountId, meant);
    await core.apiKeys.revoke(accountId, id);
    return {
      ok: true,
      lines: [`Revoked the API key ${name}: ${prefix}…${lastFour}`],
      data: { revoked: { id, name, prefix, lastFour } },
    };
  });
}
