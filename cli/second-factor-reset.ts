import { type Answer, type Given, UsageError } from './command.ts';
import { findAccount } from './find-account.ts';
import { withCore } from './with-core.ts';

/** The way back in for who lost phone and recovery codes: the password alone opens the account again. */
export async function run(given: Given): Promise<Answer> {
  const { email } = given.options;
  if (!email) throw new UsageError('"account second-factor reset" needs --email');
  return withCore(given, async (core) => {
    const { existed } = await core.accounts.secondFactor.remove(await findAccount(core, email));
    const lines = existed
      ? [`Took the second factor off ${email}, and ended all of its sessions; the password alone opens it now`]
      : [`${email} has no second factor; ended all of its sessions`];
    return { ok: true, lines, data: { email, existed } };
  });
}
