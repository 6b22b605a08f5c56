import type { Core } from '../core/index.ts';
import { checkPlan } from './check-plan.ts';
import { type Answer, type Given, UsageError } from './command.ts';
import { checkPrice, describePrice, readPrice } from './price.ts';
import { withCore } from './with-core.ts';

type Limits = Parameters<Core['plans']['setLimits']>[1];
type Limit = { name: keyof Limits; least: number };

const limits: Record<string, Limit> = {
  daily: { name: 'perDay', least: 0 },
  monthly: { name: 'perMonth', least: 0 },
  'per-minute': { name: 'perMinute', least: 1 },
  cooldown: { name: 'cooldownSeconds', least: 0 },
  concurrent: { name: 'concurrent', least: 1 },
};
/** The largest number that the database keeps in such a column. */
const most = 2_147_483_647;

/** Changes limits and price of a plan in the database, and tells every process. */
export async function run(given: Given): Promise<Answer> {
  const [slug = ''] = given.positionals;
  const { price, ...limited } = given.options;
  const wanted = readLimits(limited, price !== undefined);
  const newPrice = price === undefined ? undefined : readPrice(price);
  return withCore(given, async (core) => {
    checkPlan(slug, await core.plans.list());
    if (newPrice) await checkPrice(core, { price: newPrice, kind: 'plan', slug });
    if (newPrice !== undefined)
      await core.database.prisma.plan.updateMany({ where: { slug }, data: { stripePriceId: newPrice } });
    const plan = await core.plans.setLimits(slug, wanted);
    if (!plan) throw new Error(`The plan ${slug} has just been removed`);
    const { perDay, perMonth, perMinute, cooldownSeconds, concurrent, stripePriceId } = plan;
    const line = [
      `Plan ${slug}: ${perDay} images a day`,
      perMonth === null ? 'any number a month' : `${perMonth} a month`,
      `${perMinute} requests a minute`,
      `${cooldownSeconds} s between them`,
      `${concurrent} at once`,
      ...(newPrice === undefined ? [] : [describePrice(stripePriceId)]),
    ].join(', ');
    return {
      ok: true,
      lines: [line],
      data: { plan: { slug, perDay, perMonth, perMinute, cooldownSeconds, concurrent, price: stripePriceId } },
    };
  });
}

function readLimits(options: Given['options'], isPriced: boolean): Limits {
  const names = [...Object.keys(limits), 'price'].map((name) => `--${name}`);
  if (!Object.keys(options).length && !isPriced) throw new UsageError(`Say which limit to change: ${names.join(', ')}`);
  return Object.fromEntries(
    Object.entries(options).map(([option, text]) => {
      const { name, least } = limits[option] as Limit;
      return [name, readLimit(option, text, least)];
    }),
  );
}

function readLimit(option: string, text: string, least: number): number | null {
  if (option === 'monthly' && text === 'none') return null;
  const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new UsageError(
    `--${option} must be a whole number of ${least} or more${option === 'monthly' ? ', or none' : ''}, not ${text}`,
  );
}
