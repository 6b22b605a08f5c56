import { checkPlan } from './check-plan.ts';
import { type Answer, type Given, UsageError } from './command.ts';
import { findAccount } from './find-account.ts';
import { withCore } from './with-core.ts';

const dayMs = 86_400_000;

/** Gives an account a plan, beside whatever it pays. */
export async function run(given: Given): Promise<Answer> {
  const { email, plan, days } = given.options;
  if (!email || !plan) throw new UsageError('"plan give" needs --email and --plan');
  const until = days === undefined ? null : new Date(Date.now() + readDays(days) * dayMs);
  return withCore(given, async (core) => {
    checkPlan(plan, await core.plans.list());
    const accountId = await findAccount(core, email);
    const grant = await core.billing.grantPlan({ accountId, planSlug: plan, until, reason: 'command line' });
    const { planSlug } = await core.accounts.get(accountId);
    const lines = [
      `Gave ${email.trim().toLowerCase()} the plan ${plan} ${until ? `until ${until.toISOString()}` : 'until it is taken back'}`,
    ];
    if (planSlug !== plan) lines.push(`It stays on ${planSlug}, which goes first in the queue`);
    return { ok: true, lines, data: { grant: { id: grant.id, plan, until }, planNow: planSlug } };
  });
}

function readDays(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new UsageError(`--days must be a whole number from 1 to 9999, not ${text}`);
}
