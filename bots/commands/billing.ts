import { defineCommand } from '../chat.ts';
import { requireMember } from './member.ts';

export const billing = defineCommand({
  name: 'billing',
  private: true,
  options: [],
  async run(context) {
    const { core, platform } = context;
    const href = await core.billing.openPortal(requireMember(context), platform);
    // Whoever has the address manages the subscription.
    return { html: context.say('sale.portal'), buttons: [[{ href, label: 'portal' }]], secret: href, private: true };
  },
});
