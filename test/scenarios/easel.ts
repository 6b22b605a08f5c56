import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { watch } from 'node:fs/promises';
import path from 'node:path';
import PostalMime from 'postal-mime';
import { findFreePort } from '../../core/embedded/process.ts';
import { type Running, startRoles } from '../../start/roles.ts';
import { type DiscordEmulator, startDiscord } from '../emulators/discord/index.ts';
import { type ReplicateEmulator, startReplicate } from '../emulators/replicate/index.ts';
import { startTelegram, type TelegramEmulator } from '../emulators/telegram/index.ts';
import { startTestCore, type TestCore } from '../support/core.ts';
import { quick } from '../support/quick.ts';

export type Easel = {
  test: TestCore;
  running: Running;
  url: string;
  discord: DiscordEmulator;
  telegram: TelegramEmulator;
  replicate: ReplicateEmulator;
  /** The code in the newest mail to an address, once it is there. */
  readCode(email: string): Promise<string>;
  /** Subjects of all mails to an address so far. */
  readSubjects(email: string): Promise<string[]>;
  close(): Promise<void>;
};

/**
 * All of Easel in one process, against stand-ins for every outside service. With `push`, Discord, Telegram and
 * Replicate bring their news by HTTP, and nothing is asked for in between. Other settings go before ours.
 */
export async function startWholeEasel({
  push = false,
  environment = {},
}: {
  push?: boolean;
  environment?: Record<string, string>;
} = {}): Promise<Easel> {
  const [discord, telegram, replicate] = await Promise.all([
    startDiscord({ identifyIntervalMs: 0 }),
    startTelegram({ allowHttpWebhooks: true }),
    startReplicate({ runMs: 300 }),
  ]);
  const test = await startTestCore({
    ...(push ? { timings: { ...quick.timings, pollMs: 60_000 } } : {}),
    environment: {
      PORT: '0',
      PUBLIC_URL: '',
      DISCORD_TOKEN: discord.token,
      DISCORD_PUBLIC_KEY: discord.publicKey,
      DISCORD_API_URL: discord.apiUrl,
      TELEGRAM_BOT_TOKEN: telegram.token,
      TELEGRAM_API_URL: telegram.url,
      REPLICATE_API_TOKEN: replicate.token,
      REPLICATE_API_URL: replicate.apiUrl,
      ...(push ? await pushSettings(replicate) : {}),
      ...environment,
    },
  });
  const running = await startRoles({ core: test.core, roles: ['web', 'worker', 'discord', 'telegram'] });
  if (push) await discord.setEndpoint(`${running.url}/webhooks/discord`);
  return {
    test,
    running,
    url: running.url as string,
    discord,
    telegram,
    replicate,
    readCode: (email) => readCode(path.join(test.dataDir, 'outbox'), email),
    readSubjects: async (email) =>
      (await readMails(path.join(test.dataDir, 'outbox'), email)).map(({ subject }) => subject),
    async close() {
      await running.stop();
      await test.close();
      await Promise.all([discord.close(), telegram.close(), replicate.close()]);
    },
  };
}

async function readCode(outbox: string, email: string): Promise<string> {
  mkdirSync(outbox, { recursive: true });
  for await (const _ of changes(outbox)) {
    const codes = (await readMails(outbox, email)).map(({ subject }) => /^\d{6}\b/.exec(subject)?.[0]);
    const newest = codes.findLast((code) => code !== undefined);
    if (newest) return newest;
  }
  throw new Error(`No code came for ${email}`);
}

async function readMails(outbox: string, email: string): Promise<{ subject: string }[]> {
  const files = readdirSync(outbox).filter((name) => name.endsWith('.eml'));
  const mails = await Promise.all(files.sort().map((name) => PostalMime.parse(readFileSync(path.join(outbox, name)))));
  const mine = mails.filter(({ to }) => to?.some(({ address }) => address === email));
  return mine.map(({ subject = '' }) => ({ subject }));
}

async function pushSettings({ webhookSecret }: ReplicateEmulator): Promise<Record<string, string>> {
  const port = String(await findFreePort());
  const PUBLIC_URL = `http://127.0.0.1:${port}`;
  return { PORT: port, PUBLIC_URL, TELEGRAM_MODE: 'webhook', REPLICATE_WEBHOOK_SECRET: webhookSecret };
}

/** Once at first, then whenever something in the folder changes. */
async function* changes(folder: string): AsyncGenerator<void> {
  const abort = AbortSignal.timeout(10_000);
  const events = watch(folder, { signal: abort });
  yield;
  for await (const _ of events) yield;
}
