/**
 * `npm run demo`: Easel against stand-ins for Discord, Telegram and Replicate, and a short conversation on each
 * platform in the terminal, for people who have no tokens. Everything else is real, and is gone afterwards.
 */
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { styleText } from 'node:util';
import { readSettings } from '../core/index.ts';
import { startRoles } from '../start/roles.ts';
import { openService } from '../start/service.ts';
import { startDiscord } from '../test/emulators/discord/index.ts';
import { startReplicate } from '../test/emulators/replicate/index.ts';
import { startTelegram } from '../test/emulators/telegram/index.ts';
import { discordPerson, type Person, type Seen, telegramPerson } from '../test/scenarios/people.ts';

const dataDir = mkdtempSync(path.join(tmpdir(), 'easel-demo-'));
chmodSync(dataDir, 0o711);
console.log('Starting Postgres, Redis, Easel, and stand-ins for Discord, Telegram and Replicate …\n');
const [discord, telegram, replicate] = await Promise.all([
  startDiscord(),
  startTelegram(),
  startReplicate({ runMs: 2_000 }),
]);
const settings = readSettings({
  DATA_DIR: dataDir,
  PORT: '0',
  LOG_LEVEL: 'error',
  DISCORD_TOKEN: discord.token,
  DISCORD_API_URL: discord.apiUrl,
  TELEGRAM_BOT_TOKEN: telegram.token,
  TELEGRAM_API_URL: telegram.url,
  REPLICATE_API_TOKEN: replicate.token,
  REPLICATE_API_URL: replicate.apiUrl,
});
const service = await openService(settings);
const running = await startRoles({ core: service.core, roles: ['web', 'worker', 'discord', 'telegram'] });
try {
  await converse('Discord', await discordPerson({ discord }));
  // The free plan's pause between two pictures.
  await wait(3_000);
  await converse('Telegram, the same person, the same account', await telegramPerson({ telegram }));
  console.log(
    `Replicate was asked for ${replicate.creations} pictures, and made ${replicate.predictions.list().length}.`,
  );
} finally {
  await running.stop();
  await service.close();
  await Promise.all([discord.close(), telegram.close(), replicate.close()]);
  rmSync(dataDir, { recursive: true, force: true });
}

async function converse(title: string, person: Person): Promise<void> {
  console.log(styleText('bold', `── ${title} ──`));
  const mailed = readMails().length;
  await say(person, 'link', { email: 'ada@example.com' }, /code is on its way/);
  await say(person, 'verify', { code: await nextCode(mailed) }, /linked to|shares the account/);
  await say(
    person,
    'imagine',
    { prompt: 'a red fox in the snow', style: 'watercolor', model: 'flux-dev' },
    /image used/,
  );
  await say(person, 'quota', {}, /images used/);
  console.log();
}

/** Types a command, and shows how the answer changes until it says what is waited for. */
async function say(person: Person, command: string, input: Record<string, string>, until: RegExp): Promise<void> {
  const options = Object.entries(input).map(([name, value], index) => (index ? ` --${name} ${value}` : ` ${value}`));
  console.log(`${styleText('cyan', 'Ada  ')} /${command}${options.join('')}`);
  const known = new Set((await person.seen()).map(({ id }) => id));
  await person.say(command, input);
  for (let shown = ''; !until.test(shown); await wait(100)) {
    const answer = (await person.seen()).findLast(({ id }) => !known.has(id));
    const text = answer ? describe(answer) : '';
    if (text === shown) continue;
    console.log(`${styleText('magenta', 'Easel')} ${text.replaceAll('\n', '\n      ')}`);
    shown = text;
  }
}

function describe({ text: written, pictures, buttons }: Seen): string {
  // Discord's clients turn these into words like "in 12 hours".
  const text = written.replace(/⟦?<t:(\d+):R>⟧?/g, (_, seconds) => new Date(seconds * 1000).toLocaleString());
  const picture = pictures ? `${styleText('green', '▣ a picture')}\n` : '';
  const row = buttons.length ? `\n${buttons.map((label) => styleText('inverse', ` ${label} `)).join(' ')}` : '';
  return `${picture}${text}${row}`;
}

function readMails(): string[] {
  try {
    const folder = path.join(dataDir, 'outbox');
    return readdirSync(folder)
      .filter((name) => name.endsWith('.eml'))
      .sort()
      .map((name) => readFileSync(path.join(folder, name), 'utf8'));
  } catch {
    return [];
  }
}

async function nextCode(mailed: number): Promise<string> {
  for (;;) {
    const code = readMails()
      .slice(mailed)
      .flatMap((mail) => /^Subject: (\d{6})/m.exec(mail)?.[1] ?? [])[0];
    if (code) return code;
    await wait(50);
  }
}
