import path from 'node:path';
import { expect, test } from 'vitest';
import { readSettings, SettingsError } from './settings.ts';

const secret = 'k'.repeat(32);

function readFaults(environment: Record<string, string>, roles: string[] = []): readonly string[] {
  try {
    readSettings(environment, roles);
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsError);
    return (error as SettingsError).faults;
  }
}

test('an empty environment is one that works, on this machine alone', () => {
  const settings = readSettings({});
  expect(settings).toMatchObject({
    production: false,
    port: 3000,
    host: '127.0.0.1',
    publicUrl: 'http://localhost:3000',
    publicUrlGiven: false,
    trustProxy: 0,
    dataDirectory: path.resolve('data'),
    roles: ['web', 'worker', 'discord', 'telegram', 'admin'],
    databaseUrl: null,
    redisUrl: null,
    secretKey: null,
  });
  expect(Object.isFrozen(settings)).toBe(true);
});

test('every fault is told at once, by name', () => {
  const faults = readFaults({
    NODE_ENV: 'production',
    PORT: 'http',
    PUBLIC_URL: 'easel.example.com',
    ROLES: 'web,printer',
    DATABASE_URL: 'mysql://localhost/easel',
    REDIS_URL: 'localhost:6379',
    DISCORD_PUBLIC_KEY: 'abc',
    DISCORD_API_URL: 'https://discord.com',
    TELEGRAM_BOT_TOKEN: 'hunter2',
    TELEGRAM_MODE: 'pigeon',
    REPLICATE_API_URL: 'https://api.replicate.com',
    REPLICATE_WEBHOOK_SECRET: 'secret',
    SMTP_URL: 'http://mail',
    ADMIN_EMAIL: 'operator',
    ADMIN_PASSWORD: 'short',
    LOG_LEVEL: 'loud',
  });
  expect(faults.map((fault) => fault.split(':')[0]).sort()).toEqual([
    'ADMIN_EMAIL',
    'ADMIN_PASSWORD',
    'DATABASE_URL',
    'DISCORD_API_URL',
    'DISCORD_PUBLIC_KEY',
    'DISCORD_PUBLIC_KEY',
    'LOG_LEVEL',
    'PORT',
    'PUBLIC_URL',
    'REDIS_URL',
    'REPLICATE_API_URL',
    'REPLICATE_WEBHOOK_SECRET',
    'ROLES',
    'SECRET_KEY',
    'SMTP_URL',
    'TELEGRAM_BOT_TOKEN',
    'TELEGRAM_MODE',
  ]);
});

test('the error lists its faults, a line each, and never shows what was given', () => {
  const faulty = { TELEGRAM_BOT_TOKEN: 'hunter2', ADMIN_PASSWORD: 'sesame' };
  expect(() => readSettings(faulty)).toThrow(
    [
      'These settings need attention:',
      '  TELEGRAM_BOT_TOKEN: must look like 123456:ABC…, as BotFather gives it',
      '  ADMIN_PASSWORD: must have at least 12 characters',
    ].join('\n'),
  );
});

test('empty values count as absent', () => {
  expect(readSettings({ PORT: '', SECRET_KEY: '  ', DISCORD_TOKEN: '' })).toEqual(readSettings({}));
});

test('production demands a secret key', () => {
  expect(readFaults({ NODE_ENV: 'production' })).toEqual([expect.stringMatching(/^SECRET_KEY: .*openssl/)]);
  expect(readSettings({ NODE_ENV: 'production', SECRET_KEY: secret })).toMatchObject({ production: true });
});

test('roles given as arguments win over ROLES, in one order whatever was typed', () => {
  expect(readSettings({ ROLES: 'discord' }, ['worker', 'web']).roles).toEqual(['web', 'worker']);
  expect(readSettings({ ROLES: 'telegram, web' }).roles).toEqual(['web', 'telegram']);
  expect(readFaults({}, ['wroker'])).toEqual(['ROLES: must be some of web, worker, discord, telegram, admin']);
});

test('what is off says what turns it on', () => {
  const { discord, telegram, replicate, smtp } = readSettings({});
  expect([discord, telegram, replicate, smtp]).toEqual([
    { on: false, needs: 'DISCORD_TOKEN' },
    { on: false, needs: 'TELEGRAM_BOT_TOKEN' },
    { on: false, needs: 'REPLICATE_API_TOKEN' },
    { on: false, needs: 'SMTP_URL' },
  ]);
});

test('what is on is complete', () => {
  const settings = readSettings({
    DISCORD_TOKEN: 'discord',
    DISCORD_PUBLIC_KEY: 'a'.repeat(64),
    TELEGRAM_BOT_TOKEN: '1:telegram',
    REPLICATE_API_TOKEN: 'replicate',
    REPLICATE_API_URL: 'http://localhost:1/v1/',
    SMTP_URL: 'smtp://localhost:25',
  });
  expect(settings.discord).toEqual({
    on: true,
    token: 'discord',
    publicKey: 'a'.repeat(64),
    apiUrl: 'https://discord.com/api',
  });
  expect(settings.telegram).toEqual({
    on: true,
    token: '1:telegram',
    apiUrl: 'https://api.telegram.org',
    mode: 'polling',
  });
  expect(settings.replicate).toEqual({
    on: true,
    token: 'replicate',
    apiUrl: 'http://localhost:1/v1',
    webhookSecret: null,
  });
  expect(settings.smtp).toEqual({ on: true, url: 'smtp://localhost:25' });
});

test('Replicate is asked to call back only at an address that others can reach', () => {
  const given = { REPLICATE_API_TOKEN: 'replicate', REPLICATE_WEBHOOK_SECRET: 'whsec_abc' };
  expect(readSettings(given).replicate).toMatchObject({ webhookSecret: null });
  expect(readSettings({ ...given, PUBLIC_URL: 'https://easel.example.com/' })).toMatchObject({
    publicUrl: 'https://easel.example.com',
    publicUrlGiven: true,
    replicate: { webhookSecret: 'whsec_abc' },
  });
});

test('settings that need another say which', () => {
  expect(readFaults({ DISCORD_PUBLIC_KEY: 'a'.repeat(64) })).toEqual(['DISCORD_PUBLIC_KEY: needs DISCORD_TOKEN too']);
  expect(readFaults({ TELEGRAM_BOT_TOKEN: '1:t', TELEGRAM_MODE: 'webhook' })).toEqual([
    'TELEGRAM_MODE: webhook needs PUBLIC_URL, where Telegram can reach Easel',
  ]);
});

test('proxies are so many, or those at these addresses, and never everybody', () => {
  expect(readSettings({ TRUST_PROXY: '2' }).trustProxy).toBe(2);
  const named = ['loopback', '10.0.0.0/8', '192.168.1.7', '2001:db8::/32', '::1'];
  expect(readSettings({ TRUST_PROXY: named.join(', ') }).trustProxy).toEqual(named);
  for (const wrong of [
    'true',
    '*',
    '0.0.0.0/0',
    '::/0',
    '10.0.0.0/33',
    '10.0.0/8',
    'nginx',
    '-1',
    '10',
    '10.0.0.1/8/9',
  ])
    expect(readFaults({ TRUST_PROXY: wrong }), wrong).toEqual([
      expect.stringMatching(/^TRUST_PROXY: must be the number/),
    ]);
});
