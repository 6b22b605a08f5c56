import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPace } from '../../core/pace/pace.ts';
import { openRedis, type RedisClient } from '../../core/redis.ts';
import { startTelegram, type TelegramEmulator } from '../../test/emulators/telegram/index.ts';
import { startTestRedis, type TestRedis } from '../../test/support/servers.ts';
import { brief, createApi, eager, patient } from './api.ts';
import { TooEarlyError } from './faults.ts';

describe('two processes of the bot', () => {
  let server: TestRedis;
  let redis: RedisClient;
  let telegram: TelegramEmulator;
  const openApi = (clock?: () => Date) =>
    createApi({ core: { pace: createPace({ redis, clock }) }, token: telegram.token, apiUrl: telegram.url });

  beforeEach(async () => {
    server = await startTestRedis();
    redis = openRedis({ url: server.url, log: pino({ level: 'silent' }) });
    await redis.connect();
    telegram = await startTelegram();
  });
  afterEach(async () => {
    await telegram.close();
    await redis.close();
    await server.stop();
  });

  it('stay together within what Telegram takes over all chats', async () => {
    const apis = [openApi(), openApi()] as const;
    const people = Array.from({ length: 45 }, (_, index) => ({ id: 900 + index, first_name: `P${index}` }));
    for (const person of people) await telegram.user(person).send(telegram.privateChat(person), '/start');
    await Promise.all(
      people.map(({ id }, index) => apis[(index % 2) as 0].send('sendMessage', { chat_id: id, text: 'news' }, patient)),
    );
    expect(telegram.calls.map(({ status }) => status)).toEqual(Array(45).fill(200));
    const times = telegram.calls.map(({ at }) => at).sort((a, b) => a - b);
    expect((times.at(-1) as number) - (times[0] as number)).toBeLessThan(2_500);
  });

  it('keep turns free for answers when progress fills a group', async () => {
    let at = Date.now();
    const clock = () => new Date(at);
    const [one, other] = [openApi(clock), openApi(clock)];
    const group = telegram.group('Painters', [{ id: 501, first_name: 'Ann' }]);
    const text = (words: string) => ({ chat_id: group.id, text: words });
    await one.send('sendMessage', text('progress'), eager);
    at += 80;
    await other.send('sendMessage', text('progress'), eager);
    at += 80;
    await expect(one.send('sendMessage', text('progress'), eager)).rejects.toThrow(TooEarlyError);
    await other.send('sendMessage', text('answer'), brief);
    at += 80;
    await one.send('sendMessage', text('answer'), brief);
    await expect(other.send('sendMessage', text('answer'), brief)).rejects.toThrow(TooEarlyError);
    expect(telegram.calls).toHaveLength(4);
  });
});
