import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { z } from 'zod';

export const roles = ['web', 'worker', 'discord', 'telegram', 'admin'] as const;
export type Role = (typeof roles)[number];

/** A feature that is off says which settings turn it on. */
type Off = { on: false; needs: string };

export type Settings = Readonly<{
  production: boolean;
  port: number;
  host: string;
  publicUrl: string;
  /** PUBLIC_URL was given, so others can reach us there. */
  publicUrlGiven: boolean;
  /** The proxies that are believed about where a request came from: so many, or those at these addresses. */
  trustProxy: number | string[];
  dataDirectory: string;
  roles: readonly Role[];
  databaseUrl: string | null;
  redisUrl: string | null;
  /** Null: one is made once and kept in the data directory. */
  secretKey: string | null;
  discord: Off | { on: true; token: string; publicKey: string | null; apiUrl: string };
  telegram: Off | { on: true; token: string; apiUrl: string; mode: 'polling' | 'webhook' };
  replicate: Off | { on: true; token: string; apiUrl: string; webhookSecret: string | null };
  /** Several webhook secrets: an event signed by any of them is accepted, as while one is rotated. */
  stripe:
    | Off
    | {
        on: true;
        secretKey: string;
        webhookSecrets: readonly string[];
        premiumPrice: string | null;
        apiUrl: string;
        automaticTax: boolean;
      };
  smtp: Off | { on: true; url: string };
  mailFrom: string;
  operator: { email: string; password: string | null };
  logLevel: (typeof logLevels)[number];
}>;

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'silent'] as const;
const url = (protocols: string[]) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
    error: `must be an address beginning with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
  });
const httpUrl = url(['http:', 'https:']).transform((text) => text.replace(/\/+$/, ''));

/** So many proxies, or their addresses and ranges; by these names Express knows the ranges of private networks. */
const proxies = z
  .string()
  .transform((text) => text.split(/[\s,]+/).filter(Boolean))
  .refine((given) => isCount(given) || given.every((each) => networkNames.includes(each) || isNetwork(each)), {
    error: 'must be the number of proxies in front of Easel, or their addresses, such as 10.0.0.0/8 or loopback',
  })
  .transform((given) => (isCount(given) ? Number(given[0]) : given));
const networkNames = ['loopback', 'linklocal', 'uniquelocal'];
const isCount = (given: readonly string[]) => given.length === 1 && /^\d$/.test(given[0] as string);
// A range of everything would let anybody claim any address.
const isNetwork = (text: string) => {
  const [address = '', bits = '32', ...more] = text.split('/');
  const widest = isIP(address) === 6 ? 128 : 32;
  return isIP(address) !== 0 && !more.length && /^[1-9]\d*$/.test(bits) && Number(bits) <= widest;
};

/** One entry a setting: what is accepted and what stands when it is absent. `.env.example` is held against these names. */
export const settingsSchema = z.object({
  NODE_ENV: z.string().optional(),
  PORT: z.coerce.number('must be a number').int().min(0).max(65535).default(3000),
  HOST: z.string().min(1).default('127.0.0.1'),
  PUBLIC_URL: httpUrl.optional(),
  TRUST_PROXY: proxies.default(0),
  DATA_DIR: z.string().min(1).default('./data'),
  ROLES: z
    .string()
    .default(roles.join(','))
    .transform((text) => text.split(/[\s,]+/).filter(Boolean))
    .pipe(
      z.array(z.enum(roles, { error: `must be some of ${roles.join(', ')}` })).min(1, 'must name at least one role'),
    ),
  DATABASE_URL: url(['postgres:', 'postgresql:']).optional(),
  REDIS_URL: url(['redis:', 'rediss:']).optional(),
  SECRET_KEY: z.string().min(32, 'must have at least 32 characters; `openssl rand -hex 32` makes one').optional(),
  DISCORD_TOKEN: z.string().min(1).optional(),
  DISCORD_PUBLIC_KEY: z
    .string()
    .regex(/^[0-9a-f]{64}$/i, 'must be the 64 hexadecimal digits shown in the Discord developer portal')
    .optional(),
  DISCORD_API_URL: httpUrl
    .refine((text) => text.endsWith('/api'), 'must end in /api')
    .default('https://discord.com/api'),
  TELEGRAM_BOT_TOKEN: z
    .string()
    .regex(/^\d+:[\w-]+$/, 'must look like 123456:ABC…, as BotFather gives it')
    .optional(),
  TELEGRAM_API_URL: httpUrl.default('https://api.telegram.org'),
  TELEGRAM_MODE: z.enum(['polling', 'webhook'], { error: 'must be polling or webhook' }).default('polling'),
  REPLICATE_API_TOKEN: z.string().min(1).optional(),
  REPLICATE_API_URL: httpUrl
    .refine((text) => text.endsWith('/v1'), 'must end in /v1')
    .default('https://api.replicate.com/v1'),
  REPLICATE_WEBHOOK_SECRET: z.string().startsWith('whsec_', 'must begin with whsec_').optional(),
  STRIPE_SECRET_KEY: z
    .string()
    .regex(/^(sk|rk)_/, 'must begin with sk_ or rk_')
    .optional(),
  STRIPE_WEBHOOK_SECRET: z
    .string()
    .transform((text) => text.split(/[\s,]+/).filter(Boolean))
    .pipe(z.array(z.string().startsWith('whsec_', 'must begin with whsec_')))
    .default([]),
  STRIPE_PRICE_PREMIUM: z.string().startsWith('price_', 'must begin with price_').optional(),
  STRIPE_API_URL: httpUrl.default('https://api.stripe.com'),
  STRIPE_AUTOMATIC_TAX: z.enum(['on', 'off'], { error: 'must be on or off' }).default('off'),
  SMTP_URL: url(['smtp:', 'smtps:']).optional(),
  MAIL_FROM: z.string().min(3).default('Easel <easel@localhost>'),
  ADMIN_EMAIL: z.email('must be an email address').default('operator@localhost.local'),
  ADMIN_PASSWORD: z.string().min(12, 'must have at least 12 characters').optional(),
  LOG_LEVEL: z.enum(logLevels, { error: `must be one of ${logLevels.join(', ')}` }).default('info'),
});

/** Every fault of the environment at once, a line each. */
export class SettingsError extends Error {
  readonly faults: readonly string[];
  constructor(faults: readonly string[]) {
    super(`These settings need attention:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.name = 'SettingsError';
    this.faults = faults;
  }
}

/**
 * Reads the environment, once. Empty values count as absent. Role names given as arguments
 * (`npm start -- web worker`) win over ROLES. Throws SettingsError naming every fault.
 */
export function readSettings(
  environment: Record<string, string | undefined>,
  roleArguments: readonly string[] = [],
): Settings {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value?.trim()));
  if (roleArguments.length) given.ROLES = roleArguments.join(',');
  const parsed = settingsSchema.safeParse(given);
  const faults = parsed.success ? [] : parsed.error.issues.map((issue) => `${String(issue.path[0])}: ${issue.message}`);
  const production = given.NODE_ENV === 'production';
  if (production && !given.SECRET_KEY)
    faults.push('SECRET_KEY: is required when NODE_ENV=production; `openssl rand -hex 32` makes one');
  if (given.DISCORD_PUBLIC_KEY && !given.DISCORD_TOKEN) faults.push('DISCORD_PUBLIC_KEY: needs DISCORD_TOKEN too');
  if (given.TELEGRAM_MODE === 'webhook' && !given.PUBLIC_URL)
    faults.push('TELEGRAM_MODE: webhook needs PUBLIC_URL, where Telegram can reach Easel');
  if (!parsed.success || faults.length) throw new SettingsError([...new Set(faults)]);
  return Object.freeze(toSettings(parsed.data, production));
}

function toSettings(env: z.infer<typeof settingsSchema>, production: boolean): Settings {
  return {
    production,
    port: env.PORT,
    host: env.HOST,
    publicUrl: env.PUBLIC_URL ?? `http://localhost:${env.PORT}`,
    publicUrlGiven: env.PUBLIC_URL !== undefined,
    trustProxy: env.TRUST_PROXY,
    dataDirectory: resolve(env.DATA_DIR),
    roles: roles.filter((role) => env.ROLES.includes(role)),
    databaseUrl: env.DATABASE_URL ?? null,
    redisUrl: env.REDIS_URL ?? null,
    secretKey: env.SECRET_KEY ?? null,
    discord: env.DISCORD_TOKEN
      ? { on: true, token: env.DISCORD_TOKEN, publicKey: env.DISCORD_PUBLIC_KEY ?? null, apiUrl: env.DISCORD_API_URL }
      : { on: false, needs: 'DISCORD_TOKEN' },
    telegram: env.TELEGRAM_BOT_TOKEN
      ? { on: true, token: env.TELEGRAM_BOT_TOKEN, apiUrl: env.TELEGRAM_API_URL, mode: env.TELEGRAM_MODE }
      : { on: false, needs: 'TELEGRAM_BOT_TOKEN' },
    replicate: env.REPLICATE_API_TOKEN
      ? {
          on: true,
          token: env.REPLICATE_API_TOKEN,
          apiUrl: env.REPLICATE_API_URL,
          webhookSecret: env.PUBLIC_URL ? (env.REPLICATE_WEBHOOK_SECRET ?? null) : null,
        }
      : { on: false, needs: 'REPLICATE_API_TOKEN' },
    stripe: env.STRIPE_SECRET_KEY
      ? {
          on: true,
          secretKey: env.STRIPE_SECRET_KEY,
          webhookSecrets: env.STRIPE_WEBHOOK_SECRET,
          premiumPrice: env.STRIPE_PRICE_PREMIUM ?? null,
          apiUrl: env.STRIPE_API_URL,
          automaticTax: env.STRIPE_AUTOMATIC_TAX === 'on',
        }
      : { on: false, needs: 'STRIPE_SECRET_KEY' },
    smtp: env.SMTP_URL ? { on: true, url: env.SMTP_URL } : { on: false, needs: 'SMTP_URL' },
    mailFrom: env.MAIL_FROM,
    operator: { email: env.ADMIN_EMAIL.toLowerCase(), password: env.ADMIN_PASSWORD ?? null },
    logLevel: env.LOG_LEVEL,
  };
}
