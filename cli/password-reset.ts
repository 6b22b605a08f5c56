import { type Answer, type Given, UsageError } from './command.ts';
import { findAccount } from './find-account.ts';
import { withCore } from './with-core.ts';

/** A new password for who forgot theirs, or never had one, such as a member who was made an operator. */
export async function run(given: Given): Promise<Answer> {
  const { email } = given.options;
  if (!email) throw new UsageError('"account password reset" needs --email');
  return withCore(given, async (core) => {
    const password = await core.accounts.resetPassword(await findAccount(core, email));
    const lines = [
      `Gave ${email} a new password, and ended all of its sessions`,
      `Password, shown this once: ${password}`,
    ];
    return { ok: true, lines, data: { email, password } };
  });
}
