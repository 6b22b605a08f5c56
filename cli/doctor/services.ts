import { z } from 'zod';
import type { Settings } from '../../core/settings.ts';
import { type Check, describeFault, fault, off, ok } from './check.ts';

const patienceMs = 10_000;

type Question = {
  name: string;
  url: string;
  authorization?: string;
  /** Reads whose credential it is from the answer. */
  answer: z.ZodType<string>;
  /** Where a refused credential stands, and where a new one comes from. */
  cure: string;
  /** Where the address of the service stands. */
  addressSetting: string;
};

/** Whose token it is, as Discord says. */
export async function checkDiscord({ discord }: Settings): Promise<Check> {
  if (!discord.on) return off('Discord', `${discord.needs} turns it on`);
  return ask({
    name: 'Discord',
    url: `${discord.apiUrl}/v10/users/@me`,
    authorization: `Bot ${discord.token}`,
    answer: z.object({ username: z.string() }).transform(({ username }) => `signed in as ${username}`),
    cure: 'Copy DISCORD_TOKEN anew from the "Bot" page of the application in the Discord developer portal',
    addressSetting: 'DISCORD_API_URL',
  });
}

/** Whose token it is, as Telegram says. */
export async function checkTelegram({ telegram }: Settings): Promise<Check> {
  if (!telegram.on) return off('Telegram', `${telegram.needs} turns it on`);
  return ask({
    name: 'Telegram',
    url: `${telegram.apiUrl}/bot${telegram.token}/getMe`,
    answer: z
      .object({ result: z.object({ username: z.string() }) })
      .transform(({ result }) => `signed in as @${result.username}, by ${telegram.mode}`),
    cure: 'Copy TELEGRAM_BOT_TOKEN anew from @BotFather',
    addressSetting: 'TELEGRAM_API_URL',
  });
}

/** Whose token it is, as Replicate says. */
export async function checkReplicate({ replicate }: Settings): Promise<Check> {
  if (!replicate.on) return off('Replicate', `pictures are drawn here; ${replicate.needs} turns it on`);
  const follow = replicate.webhookSecret ? 'it calls back' : 'asked for results again and again';
  return ask({
    name: 'Replicate',
    url: `${replicate.apiUrl}/account`,
    authorization: `Bearer ${replicate.token}`,
    answer: z.object({ username: z.string() }).transform(({ username }) => `account ${username}, ${follow}`),
    cure: 'Make a new REPLICATE_API_TOKEN at https://replicate.com/account/api-tokens',
    addressSetting: 'REPLICATE_API_URL',
  });
}

async function ask({ name, url, authorization, answer, cure, addressSetting }: Question): Promise<Check> {
  try {
    const headers = { 'user-agent': 'Easel', ...(authorization ? { authorization } : {}) };
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(patienceMs), redirect: 'error' });
    if ([401, 403, 404].includes(response.status)) return fault(name, `refuses the token (${response.status})`, cure);
    if (!response.ok) return fault(name, `answers ${response.status}`, 'Try again in a few minutes');
    return ok(name, answer.parse(await response.json()));
  } catch (error) {
    // The address may hold a token, so only the fault itself is told.
    const reason = error instanceof z.ZodError ? 'answers something else' : describeFault(error);
    return fault(name, reason, `Is ${addressSetting} right, and the network up?`);
  }
}
