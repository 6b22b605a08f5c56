import pg from 'pg';
import { z } from 'zod';
import type { Settings } from '../../core/settings.ts';
import { type Check, describeFault, fault, off, ok } from './check.ts';
import type { Server } from './servers.ts';

const name = 'Stripe';
const patienceMs = 10_000;
const keyCure = 'Copy STRIPE_SECRET_KEY anew from https://dashboard.stripe.com/apikeys';

type On = Extract<Settings['stripe'], { on: true }>;
type Sold = { what: string; kind: 'plan' | 'pack'; price: string; setting: string };

const answerOfPrice = z.object({ active: z.boolean(), recurring: z.object({}).nullable() });

/** Whether the key opens, every price can be charged, and events can be told from forged ones. */
export async function checkStripe({ stripe }: Settings, postgres: Server): Promise<Check> {
  if (!stripe.on) return off(name, `nothing is sold; ${stripe.needs} turns it on`);
  try {
    const sold = await readSold(stripe, postgres);
    const key = await ask(stripe, 'prices?limit=1');
    if (key.status === 401 || key.status === 403) return fault(name, `refuses the key (${key.status})`, keyCure);
    if (key.status !== 200) return fault(name, `answers ${key.status}`, 'Try again in a few minutes');
    for (const each of sold) {
      const wrong = await findFault(stripe, each);
      if (wrong) return wrong;
    }
    if (!stripe.webhookSecrets.length)
      return fault(
        name,
        'no webhook secret: payments are noticed when the payer comes back, or within the hour',
        'Make an endpoint at https://dashboard.stripe.com/webhooks and set STRIPE_WEBHOOK_SECRET',
      );
    const mode = /^.k_test_/.test(stripe.secretKey) ? 'test mode' : 'live mode';
    return ok(name, `${mode}, sells ${sold.map(({ what }) => what).join(', ') || 'nothing yet: set a price'}`);
  } catch (error) {
    return fault(name, describeFault(error), 'Is STRIPE_API_URL right, and the network up?');
  }
}

async function findFault(stripe: On, { what, kind, price, setting }: Sold): Promise<Check | null> {
  const { status, body } = await ask(stripe, `prices/${encodeURIComponent(price)}`);
  if (status === 404) return fault(name, `has no price ${price} (${what})`, `Correct it: ${setting}`);
  if (status !== 200) return fault(name, `answers ${status}`, 'Try again in a few minutes');
  const { active, recurring } = answerOfPrice.parse(body);
  if (!active) return fault(name, `no longer sells at ${price} (${what})`, `Name an active one: ${setting}`);
  if ((recurring !== null) === (kind === 'plan')) return null;
  return fault(name, `${price} (${what}) is ${recurring ? 'recurring' : 'paid once'}`, `Name another: ${setting}`);
}

/** What has a price; while Postgres is away, what the settings say. */
async function readSold({ premiumPrice }: On, { url }: Server): Promise<Sold[]> {
  const rows = url ? await readRows(url).catch(() => []) : [];
  const sold = rows.map(({ slug, kind, price }) => ({
    what: `${kind} ${slug}`,
    kind,
    price,
    setting: `npm run -s easel -- ${kind} set ${slug} --price price_…`,
  }));
  const isNamed = rows.some(({ kind, slug }) => kind === 'plan' && slug === 'premium');
  if (!premiumPrice || isNamed) return sold;
  return [{ what: 'plan premium', kind: 'plan', price: premiumPrice, setting: 'STRIPE_PRICE_PREMIUM' }, ...sold];
}

async function readRows(connectionString: string) {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: patienceMs });
  await client.connect();
  try {
    const { rows } = await client.query<{ kind: 'plan' | 'pack'; slug: string; price: string }>(`
      SELECT 'plan' AS kind, slug, stripe_price_id AS price FROM plans WHERE stripe_price_id IS NOT NULL
      UNION ALL SELECT 'pack', slug, stripe_price_id FROM packs WHERE stripe_price_id IS NOT NULL ORDER BY 1 DESC, 2`);
    return rows;
  } finally {
    await client.end();
  }
}

async function ask({ apiUrl, secretKey }: On, path: string): Promise<{ status: number; body: unknown }> {
  const headers = { authorization: `Bearer ${secretKey}` };
  const given = { headers, signal: AbortSignal.timeout(patienceMs), redirect: 'error' as const };
  const response = await fetch(`${apiUrl}/v1/${path}`, given);
  return { status: response.status, body: await response.json().catch(() => null) };
}
