import type { Settings } from '../core/index.ts';
import type { Service } from './service.ts';

/** The last lines of a start: what is on, what is off and what turns it on, where data lives, where to go. */
export function describeStart({
  settings,
  service,
  url,
}: {
  settings: Settings;
  service: Service;
  url: string | null;
}): string[] {
  const { core, embedded, operator } = service;
  const lines = [
    `Easel is up: ${settings.roles.join(', ')}`,
    line('Postgres', embedded.postgres ? 'embedded; DATABASE_URL names another' : 'DATABASE_URL'),
    line('Redis', embedded.redis ? 'embedded; REDIS_URL names another' : 'REDIS_URL'),
    line(
      'Pictures',
      settings.replicate.on
        ? `Replicate, ${core.models.length} models`
        : 'sandbox, drawn here; REPLICATE_API_TOKEN turns Replicate on',
    ),
    line(
      'Discord',
      settings.discord.on
        ? `on${settings.discord.publicKey ? ', also by HTTP at /webhooks/discord' : ''}`
        : `off; ${settings.discord.needs} turns it on`,
    ),
    line(
      'Telegram',
      settings.telegram.on ? `on, by ${settings.telegram.mode}` : `off; ${settings.telegram.needs} turns it on`,
    ),
    line('Premium', describeSales(settings.stripe)),
    line(
      'Mail',
      settings.smtp.on ? 'SMTP' : `written to ${settings.dataDirectory}/outbox; ${settings.smtp.needs} sends it`,
    ),
    line('Data', settings.dataDirectory),
  ];
  if (operator.madePassword)
    lines.push(line('Operator', `${operator.email}, password ${operator.madePassword} (shown this once)`));
  if (url && settings.roles.includes('admin')) lines.push(line('Panel', `${url}/admin`));
  if (url && settings.roles.includes('web'))
    lines.push(
      line('Open', embedded.postgres ? `${url}/?token=${core.accounts.issueStartToken(operator.email)}` : url),
    );
  return lines;
}

function describeSales(stripe: Settings['stripe']): string {
  if (!stripe.on) return `not for sale, operators can give it; ${stripe.needs} turns Stripe on`;
  const mode = /^.k_test_/.test(stripe.secretKey) ? 'Stripe in test mode' : 'Stripe';
  return stripe.webhookSecrets.length
    ? `${mode}, which tells of payments at /webhooks/stripe`
    : `${mode}; STRIPE_WEBHOOK_SECRET lets it tell of payments at once`;
}

const line = (name: string, text: string) => `  ${`${name}:`.padEnd(10)} ${text}`;
