import { defineCommand } from '../chat.ts';
import { requireMember } from './member.ts';

export const quota = defineCommand({
  name: 'quota',
  private: true,
  options: [],
  async run(context) {
    const member = requireMember(context);
    const { core, say } = context;
    const { daily, monthly } = await core.quotas.status(member.id, member.plan);
    const resets = (receipt: { resets_at: string | null }) => (receipt.resets_at ? new Date(receipt.resets_at) : null);
    const { name: plan, perMinute, concurrent } = member.plan;
    const lines = [
      say('chat.quota_daily', { ...pick(daily), resets: resets(daily) }),
      ...(monthly ? [say('chat.quota_monthly', { ...pick(monthly), resets: resets(monthly) })] : []),
      say('chat.quota_plan', { plan, perMinute, concurrent }),
    ];
    return { html: lines.join('\n'), private: true };
  },
});

const pick = ({ used, max, remaining }: { used: number; max: number; remaining: number }) => ({ used, max, remaining });
