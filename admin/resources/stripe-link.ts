import type { PropertyOptions } from 'adminjs';
import type { AdminCore } from '../index.ts';

/** For a property that holds an id of Stripe's: a link to its page there; nothing while payments are off. */
export function linkToStripe({ billing }: AdminCore, name: string, pages: string): Record<string, PropertyOptions> {
  if (!billing.dashboard) return {};
  return { [name]: { components: { show: 'StripeLink' }, props: { pages: `${billing.dashboard}${pages}/` } } };
}
