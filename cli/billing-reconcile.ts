import { type Answer, CommandError, type Given } from './command.ts';
import { withCore } from './with-core.ts';

/** Compares with Stripe now and mends what differs, as is done every hour. */
export async function run(given: Given): Promise<Answer> {
  return withCore(given, async (core) => {
    if (!core.billing.on) throw new CommandError('Nothing is sold here; STRIPE_SECRET_KEY turns it on');
    const report = await core.billing.reconcile();
    const { compared, differed, missedEvents, paidButNotActive, activeButNotPaid } = report;
    const lines = [
      `Compared ${compared} subscriptions: ${differed ? `${differed} differed and are mended` : 'none differed'}`,
      `Accounts that had paid and lacked their plan: ${paidButNotActive}; that had one without paying: ${activeButNotPaid}`,
      `Events that never came: ${missedEvents}${missedEvents ? ', which a worker takes up now' : ''}`,
    ];
    return { ok: true, lines, data: { report } };
  });
}
