import type { Settings } from '../settings.ts';

/** A request that costs nothing, changes nothing, and is answered only to who holds a credential that is taken. */
export type Question = { url: string; authorization?: string };
type Ask = {
  name: 'discord' | 'telegram' | 'stripe' | 'replicate';
  /** Null when it is off. */
  question: Question | null;
  /** What holds the credential, and so turns it on. */
  setting: string;
};

/** What to ask each outside service for. */
export function asks({ discord, telegram, stripe, replicate }: Settings): Ask[] {
  return [
    {
      name: 'discord',
      setting: 'DISCORD_TOKEN',
      question: discord.on ? { url: `${discord.apiUrl}/v10/users/@me`, authorization: `Bot ${discord.token}` } : null,
    },
    {
      name: 'telegram',
      setting: 'TELEGRAM_BOT_TOKEN',
      question: telegram.on ? { url: `${telegram.apiUrl}/bot${telegram.token}/getMe` } : null,
    },
    {
      name: 'stripe',
      setting: 'STRIPE_SECRET_KEY',
      // Easel itself needs to read prices, so that a restricted key may do so too.
      question: stripe.on
        ? { url: `${stripe.apiUrl}/v1/prices?limit=1`, authorization: `Bearer ${stripe.secretKey}` }
        : null,
    },
    {
      name: 'replicate',
      setting: 'REPLICATE_API_TOKEN',
      question: replicate.on
        ? { url: `${replicate.apiUrl}/account`, authorization: `Bearer ${replicate.token}` }
        : null,
    },
  ];
}
