import pg from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { enterNotice } from '../../core/notices/enter.ts';
import { startTelegram, type TelegramEmulator } from '../emulators/telegram/index.ts';
import { createWorld, patience, type World } from './world.ts';

const ada = { id: 4711, first_name: 'Ada', language_code: 'en' };

let telegram: TelegramEmulator;
let world: World;
beforeAll(async () => {
  telegram = await startTelegram();
  world = await createWorld({
    environment: { TELEGRAM_BOT_TOKEN: telegram.token, TELEGRAM_API_URL: telegram.url },
  });
});
afterAll(async () => {
  await world?.close();
  await telegram?.close();
});

const greeting = 'Hello again';
const roles = ['web', 'worker', 'discord', 'telegram'];

/** Whoever writes down that a first try arrived waits without end, and then it was not written. */
async function neverRecordTheFirstTry(): Promise<void> {
  await world.prisma.$executeRawUnsafe(`
    CREATE FUNCTION wait_long() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM pg_sleep(600); RETURN NEW; END $$`);
  await world.prisma.$executeRawUnsafe(`
    CREATE TRIGGER wait_long BEFORE UPDATE ON notices FOR EACH ROW
    WHEN (NEW.state = 'delivered' AND NEW.attempts = 1) EXECUTE FUNCTION wait_long()`);
}

const recording = `FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'`;

/** Writes to each of them, as a part of the service would, and leaves it to Easel to find that. */
async function greet(accounts: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: world.databaseUrl });
  await client.connect();
  for (const accountId of accounts) {
    const notice = { accountId, subject: `hello:${accountId}`, key: 'broadcast' as const, values: { text: greeting } };
    expect((await enterNotice(client, notice, new Date())).told).toBe(true);
  }
  await client.end();
}

/** A browser that has opened the chat: its visitor, and what the page shows by any server. */
async function openChat(url: string) {
  const cookie = (await fetch(url)).headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const visitorId = cookie.split('=')[1]?.split('.')[0] ?? '';
  const read = (server: string) => fetch(`${server}/chat`, { headers: { cookie } }).then((page) => page.text());
  return { visitorId, read };
}

it('is told once on every platform although Easel is killed between telling and noting it', async () => {
  const { prisma, discord, easel, link } = world;
  const first = await easel(...roles);
  const chat = await openChat(first.url as string);
  const user = discord.user({ username: 'ada' });
  const [person, privateChat] = [telegram.user(ada), telegram.privateChat(ada)];
  await person.send(privateChat, '/start');
  await privateChat.nextMessage();
  const accounts = [
    await link('discord', user.id),
    await link('telegram', String(ada.id)),
    await link('web', chat.visitorId),
  ];
  await neverRecordTheFirstTry();
  await greet(accounts);
  const waiting = async () =>
    (await prisma.$queryRawUnsafe<{ count: bigint }[]>(`SELECT count(*) ${recording}`))[0]?.count;
  await vi.waitFor(async () => expect(await waiting()).toBe(3n), patience);
  await first.kill();
  await prisma.$queryRawUnsafe(`SELECT pg_terminate_backend(pid) ${recording}`);
  expect(await prisma.notice.count({ where: { state: 'pending', attempts: 1 } })).toBe(3);

  const second = await easel(...roles);
  await vi.waitFor(async () => expect(await prisma.notice.count({ where: { state: 'delivered' } })).toBe(3), patience);
  expect(await prisma.notice.count({ where: { attempts: { gt: 1 } } })).toBe(3);
  expect(user.sees({ dm: true }).map(({ content }) => content)).toEqual([greeting]);
  const onTelegram = privateChat.messages.filter(({ fromBot }) => fromBot).map(({ text }) => text);
  expect(onTelegram.filter((text) => text === greeting)).toHaveLength(1);
  expect((await chat.read(second.url as string)).match(new RegExp(greeting, 'g'))).toHaveLength(1);
  expect(first.output() + second.output()).not.toContain(greeting);
});
