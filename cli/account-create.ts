import { Role } from '@prisma/client';
import { checkPlan } from './check-plan.ts';
import { type Answer, CommandError, type Given, UsageError } from './command.ts';
import { withCore } from './with-core.ts';

/** Makes an account, with a password for whoever may sign in to the panel. */
export async function run(given: Given): Promise<Answer> {
  const { email, plan = 'free', role = 'member' } = given.options;
  if (!email) throw new UsageError('"account create" needs --email');
  if (!isRole(role)) throw new UsageError(`--role must be one of ${Object.values(Role).join(', ')}, not ${role}`);
  return withCore(given, async (core) => {
    checkPlan(plan, await core.plans.list());
    const created = await core.accounts.create({ email, planSlug: plan, role });
    if (!created) throw new CommandError(`${email} has an account already`);
    const { madePassword, ...account } = created;
    const lines = [`Made the account ${account.email}: ${account.role}, plan ${account.planSlug}`];
    if (madePassword) lines.push(`Password, shown this once: ${madePassword}`);
    return { ok: true, lines, data: { account, ...(madePassword ? { password: madePassword } : {}) } };
  });
}

function isRole(text: string): text is Role {
  return Object.hasOwn(Role, text);
}
