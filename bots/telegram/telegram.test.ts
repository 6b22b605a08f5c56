import { randomUUID } from 'node:crypto';
import sharp from 'sharp';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DeliveryError, type Reply, type ReplyImage } from '../chat.ts';
import { callAsBot, startTestBot, type TestBot } from './test-bot.ts';

let bot: TestBot;
afterEach(() => bot.close());

async function startBot(options: Parameters<typeof startTestBot>[0] = {}): Promise<TestBot> {
  bot = await startTestBot(options);
  await bot.surface.start();
  return bot;
}

const said = (html: string, more: Partial<Reply> = {}): Reply => ({ html, private: false, ...more });
const secret = (html: string): Reply => said(html, { private: true });
const fromBot = (chat: { messages: { fromBot: boolean; text: string }[] }) =>
  chat.messages.filter((message) => message.fromBot);

/** Asks for a picture, and gives the message that waits for it and its address. */
async function askAndFollow(place: 'ann' | 'group' = 'ann') {
  const follow = randomUUID();
  bot.dispatch.answer(said('Drawing', { follow }));
  const ask = await bot.people.ann.send(bot.chats[place], '/imagine a red fox');
  const waiting = await bot.chats[place].nextMessage();
  const replyTo = await vi.waitFor(() => {
    const found = bot.attached.get(follow);
    if (!found) throw new Error('not attached yet');
    return found;
  });
  return { ask, waiting, replyTo };
}

async function faultOf(work: Promise<unknown>): Promise<DeliveryError> {
  const fault = await work.then(
    () => null,
    (error: unknown) => error,
  );
  expect(fault).toBeInstanceOf(DeliveryError);
  return fault as DeliveryError;
}

describe('what people type', () => {
  it('arrives with who asks, in which language and where', async () => {
    await startBot();
    const ask = await bot.people.ann.send(bot.chats.group, '/imagine@easel_test_bot a red fox --aspect 16:9 —count 2');
    const answer = await bot.chats.group.nextMessage();
    expect(answer.replyTo).toBe(ask.id);
    expect(bot.dispatch.inbounds).toEqual([
      {
        platform: 'telegram',
        userId: '501',
        displayName: 'Ann Lee',
        locale: 'es-ES',
        requestId: `${bot.telegram.bot.id}:${bot.telegram.updates.at(-1)?.update_id}`,
        replyTo: expect.objectContaining({
          platform: 'telegram',
          chatId: bot.chats.group.id,
          chatType: expect.stringMatching(/group/),
          userId: 501,
          messageId: ask.id,
        }),
        action: { type: 'command', name: 'imagine', input: { prompt: 'a red fox', aspect: '16:9', count: 2 } },
      },
    ]);
  });

  it('is none of our business in a group unless it is a command of ours', async () => {
    await startBot({ emulator: { readsAllGroupMessages: true } });
    await bot.people.ann.send(bot.chats.group, 'a red fox');
    await bot.people.ann.send(bot.chats.group, '/weather');
    await bot.people.ann.send(bot.chats.group, '/imagine@other_bot a red fox');
    await bot.people.ann.send(bot.chats.group, '/help');
    await bot.chats.group.nextMessage();
    expect(bot.dispatch.inbounds.map(({ action }) => action)).toEqual([{ type: 'command', name: 'help', input: {} }]);
    expect(fromBot(bot.chats.group)).toHaveLength(1);
  });

  it('without a command is offered to be drawn, for nothing until the button is pressed', async () => {
    await startBot();
    await bot.people.ann.send(bot.chats.ann, 'a red fox & co');
    const hint = await bot.chats.ann.nextMessage();
    expect(hint.text).toContain('a red fox & co');
    expect(bot.dispatch.inbounds).toEqual([]);
    await bot.people.ann.press(hint, 'surfaces.telegram.prompt_button');
    await bot.chats.ann.nextMessage();
    expect(bot.dispatch.inbounds[0]).toMatchObject({
      userId: '501',
      action: { type: 'command', name: 'imagine', input: { prompt: 'a red fox & co' } },
    });
  });

  it('is offered without a button when that cannot carry it', async () => {
    await startBot();
    await bot.people.ann.send(bot.chats.ann, 'fox '.repeat(30));
    expect((await bot.chats.ann.nextMessage()).keyboard).toEqual([]);
  });

  it('gets buttons to choose from where something required is missing', async () => {
    await startBot();
    bot.dispatch.suggestions = [
      { value: '3f', label: 'A red fox (3f)' },
      { value: 'x'.repeat(80), label: 'Too long for a button' },
    ];
    await bot.people.ann.send(bot.chats.group, '/show');
    const offer = await bot.chats.ann.nextMessage();
    expect(offer.keyboard.map((row) => row.map(({ text }) => text))).toEqual([['A red fox (3f)']]);
    expect(fromBot(bot.chats.group)).toEqual([]);
    await bot.people.ann.press(offer, 'A red fox (3f)');
    await bot.chats.ann.nextMessage();
    expect(bot.dispatch.inbounds.map(({ action }) => action)).toEqual([
      { type: 'command', name: 'show', input: { id: '3f' } },
    ]);
  });

  it('gets lines to copy where an option has no value, and the refusal of dispatch where nothing is known', async () => {
    await startBot();
    bot.dispatch.suggestions = [
      { value: 'film noir', label: 'Film noir' },
      { value: 'ink', label: 'Ink' },
    ];
    await bot.people.ann.send(bot.chats.ann, '/imagine a fox --style');
    const offer = await bot.chats.ann.nextMessage();
    expect(offer.html).toContain('<code>--style &quot;film noir&quot;</code>\n<code>--style ink</code>');
    bot.dispatch.suggestions = [];
    await bot.people.ann.send(bot.chats.ann, '/imagine a fox --count');
    await bot.chats.ann.nextMessage();
    expect(bot.dispatch.inbounds[0]?.action).toMatchObject({ input: { prompt: 'a fox', count: Number.NaN } });
  });
});

describe('answers', () => {
  it('that are private ask to open the private chat where there is none', async () => {
    await startBot();
    bot.dispatch.answer(secret('Your balance is 3'));
    const ask = await bot.people.bob.send(bot.chats.group, '/help');
    const note = await bot.chats.group.nextMessage();
    expect(note).toMatchObject({ text: 'surfaces.telegram.open_private', replyTo: ask.id });
    expect(note.keyboard).toEqual([
      [{ text: 'surfaces.telegram.open_private_button', url: 'https://t.me/easel_test_bot?start=hello' }],
    ]);
    expect(fromBot(bot.chats.bob)).toEqual([]);
  });

  it('come once, though the update comes twice', async () => {
    await startBot();
    await bot.people.ann.send(bot.chats.ann, '/help');
    await bot.chats.ann.nextMessage();
    bot.telegram.redeliver(bot.telegram.updates.at(-1) as TestBot['telegram']['updates'][number]);
    await vi.waitFor(() => expect(bot.dispatch.inbounds).toHaveLength(2));
    expect(bot.dispatch.inbounds[1]?.requestId).toBe(bot.dispatch.inbounds[0]?.requestId);
    await bot.people.ann.send(bot.chats.ann, '/help');
    await bot.chats.ann.nextMessage();
    expect(fromBot(bot.chats.ann)).toHaveLength(2);
  });

  it('wait as long as Telegram says, and nothing else goes to that chat meanwhile', async () => {
    await startBot();
    bot.telegram.failNext({ method: 'sendMessage', retryAfter: 1 });
    const from = Date.now();
    await bot.people.ann.send(bot.chats.ann, '/help');
    await bot.people.ann.send(bot.chats.ann, '/help');
    await bot.people.bob.send(bot.chats.bob, '/help');
    await bot.chats.bob.nextMessage();
    expect(Date.now() - from).toBeLessThan(900);
    await bot.chats.ann.nextMessage();
    expect(Date.now() - from).toBeGreaterThanOrEqual(1000);
    await bot.chats.ann.nextMessage();
    expect(bot.telegram.violations).toEqual([]);
  });

  it('are tried again when Telegram stumbles', async () => {
    await startBot();
    bot.telegram.failNext({ method: 'sendMessage', status: 502 });
    await bot.people.ann.send(bot.chats.ann, '/help');
    expect((await bot.chats.ann.nextMessage()).text).toBe('Fine.');
  });

  it('to a press come in time, even if what was pressed takes longer', { timeout: 15_000 }, async () => {
    await startBot({ emulator: { callbackLifetime: 7_000 } });
    const button = { action: 'again', id: randomUUID(), style: 'primary' } as const;
    bot.dispatch.answer(said('Again?', { buttons: [[button]] }));
    await bot.people.ann.send(bot.chats.ann, '/help');
    const message = await bot.chats.ann.nextMessage();
    const slow = Promise.withResolvers<Reply>();
    bot.dispatch.answer(() => slow.promise);
    const { answer } = await bot.people.ann.press(message, 'again (es-ES)');
    expect((await answer).text).toBeUndefined();
    slow.resolve({ html: 'Started over', private: true, mode: 'notice' });
    expect((await bot.chats.ann.nextMessage()).text).toBe('Started over');
  });

  it('take a picture away when they replace it', async () => {
    await startBot();
    const button = { action: 'delete', id: randomUUID(), style: 'danger' } as const;
    bot.dispatch.answer(said('Yours', { images: [await picture()], buttons: [[button]] }));
    await bot.people.ann.send(bot.chats.ann, '/show 3f');
    const shown = await bot.chats.ann.nextMessage();
    bot.dispatch.answer(said('Deleted', { mode: 'replace' }));
    await bot.people.ann.press(shown, 'delete (es-ES)');
    expect((await bot.chats.ann.nextMessage()).text).toBe('Deleted');
    expect(bot.chats.ann.deleted).toEqual([shown.id]);
  });

  it('never bring a prompt into the log', async () => {
    await startBot();
    bot.dispatch.answer(said('Drawing a red fox', { follow: randomUUID() }));
    bot.telegram.failNext({ method: 'sendMessage', status: 400, description: 'Bad Request: nobody expected this' });
    await bot.people.ann.send(bot.chats.ann, '/imagine a red fox');
    await vi.waitFor(() => expect(bot.logged.join('')).toContain('nobody expected this'));
    expect(bot.logged.join('')).not.toContain('fox');
    expect(bot.logged.join('')).not.toContain(bot.telegram.token.split(':')[1]);
  });
});

describe('deliveries', () => {
  const brought = async (more: Partial<ReplyImage> = {}) => said('Here it is', { images: [await picture(more)] });

  it('answer the question anew when the message that waited is gone', async () => {
    await startBot();
    const { ask, waiting, replyTo } = await askAndFollow('group');
    await callAsBot(bot.telegram, `deleteMessage?chat_id=${bot.chats.group.id}&message_id=${waiting.id}`);
    expect(await bot.surface.deliver(replyTo, await brought(), 'd1')).toBe('channel');
    const result = await bot.chats.group.nextMessage();
    expect(result.photo).toBeDefined();
    expect(result.replyTo).toBe(ask.id);
  });

  it('go to the private chat when the bot was thrown out of the group', async () => {
    await startBot();
    const { replyTo } = await askAndFollow('group');
    bot.chats.group.removeBot();
    expect(await bot.surface.deliver(replyTo, await brought(), 'd1')).toBe('direct');
    expect((await bot.chats.ann.nextMessage()).photo).toBeDefined();
  });

  it('send as a file what is no photo for Telegram', async () => {
    await startBot();
    const { waiting, replyTo } = await askAndFollow();
    await bot.surface.deliver(replyTo, await brought({ width: 9_000, height: 2_000 }), 'd1');
    const result = await bot.chats.ann.nextEdit(waiting);
    expect(result.document?.name).toBe('fox.png');
    expect(result.text).toContain('A red fox');
  });

  it('send as a file what Telegram refuses as a photo', async () => {
    await startBot();
    const { waiting, replyTo } = await askAndFollow();
    bot.telegram.failNext({
      method: 'editMessageMedia',
      status: 400,
      description: 'Bad Request: PHOTO_INVALID_DIMENSIONS',
    });
    await bot.surface.deliver(replyTo, await brought(), 'd1');
    expect((await bot.chats.ann.nextEdit(waiting)).document).toBeDefined();
  });

  it('show several images as one message and an album that answers it, once, though the album failed at first', async () => {
    await startBot();
    const { waiting, replyTo } = await askAndFollow();
    const reply = said('Here', {
      images: [await picture({ alt: 'One' }), await picture({ alt: 'Two' }), await picture({ alt: 'Three' })],
    });
    bot.telegram.failNext({ method: 'sendMediaGroup', status: 500 });
    const fault = await faultOf(bot.surface.deliver(replyTo, reply, 'd1'));
    expect(fault).toMatchObject({ unreachable: false, retryAfterMs: null });
    await bot.surface.deliver(replyTo, reply, 'd1');
    await bot.surface.deliver(replyTo, reply, 'd1');
    const [, first, ...album] = bot.chats.ann.messages.slice(-4);
    expect(first?.id).toBe(waiting.id);
    expect(album.map(({ text, replyTo: answers }) => [text, answers])).toEqual([
      ['Two', waiting.id],
      ['Three', waiting.id],
    ]);
    expect(new Set(album.map(({ albumId }) => albumId)).size).toBe(1);
  });

  it('say how long Telegram wants to be left alone', async () => {
    await startBot();
    const { replyTo } = await askAndFollow();
    bot.telegram.failNext({ method: 'editMessageMedia', retryAfter: 30 });
    expect(await faultOf(bot.surface.deliver(replyTo, await brought(), 'd1'))).toMatchObject({
      unreachable: false,
      retryAfterMs: 30_000,
    });
    const again = await faultOf(bot.surface.deliver(replyTo, await brought(), 'd1'));
    expect(again.retryAfterMs).toBeGreaterThan(25_000);
    const before = bot.telegram.calls.length;
    await bot.surface.showProgress(replyTo, said('Half way'));
    expect(bot.telegram.calls).toHaveLength(before);
    expect(bot.telegram.violations).toEqual([]);
  });

  it('are not overwritten by progress that comes late', async () => {
    await startBot();
    const { waiting, replyTo } = await askAndFollow();
    await bot.surface.deliver(replyTo, said('It did not work'), 'd1');
    await bot.surface.showProgress(replyTo, said('Half way'));
    expect(bot.chats.ann.messages.find(({ id }) => id === waiting.id)?.text).toBe('It did not work');
  });

  it('are not doubled by a connection that broke after Telegram had done it', async () => {
    await startBot();
    const { replyTo } = await askAndFollow();
    bot.telegram.failNext({ method: 'editMessageMedia', reset: 'after' });
    expect((await faultOf(bot.surface.deliver(replyTo, await brought(), 'd1'))).unreachable).toBe(false);
    expect(await bot.surface.deliver(replyTo, await brought(), 'd1')).toBe('reply');
    expect(fromBot(bot.chats.ann)).toHaveLength(1);
  });
});

describe('listening', () => {
  it('sets the command menu in every language', async () => {
    await startBot();
    expect(bot.telegram.commands().map(({ command }) => command)).toEqual(['help', 'imagine', 'show']);
    expect(bot.telegram.commands({ type: 'default' }, 'es')[0]).toEqual({
      command: 'help',
      description: 'commands.help.description',
    });
  });

  it('says that the token is wrong', async () => {
    bot = await startTestBot({ token: '42:nobody' });
    await expect(bot.surface.start()).rejects.toThrow('TELEGRAM_BOT_TOKEN');
  });

  it('waits for Telegram to be there', async () => {
    bot = await startTestBot();
    bot.telegram.failNext({ method: 'getMe', status: 502 });
    bot.telegram.failNext({ method: 'deleteWebhook', reset: 'before' });
    await bot.surface.start();
    await bot.people.ann.send(bot.chats.ann, '/help');
    expect((await bot.chats.ann.nextMessage()).text).toBe('Fine.');
  });

  it('holds up nothing else while Telegram is away', async () => {
    bot = await startTestBot({ startWithinMs: 50 });
    bot.telegram.failNext({ method: 'getMe', status: 502, times: 4 });
    await bot.surface.start();
    expect(bot.telegram.calls.map(({ method }) => method)).not.toContain('deleteWebhook');
    await bot.people.ann.send(bot.chats.ann, '/help');
    expect((await bot.chats.ann.nextMessage()).text).toBe('Fine.');
  });

  it('names the cure when another program reads the updates, and goes on when it stops', async () => {
    await startBot();
    await vi.waitFor(() => expect(bot.telegram.calls.at(-1)?.method).toBe('getUpdates'));
    await callAsBot(bot.telegram, 'getUpdates?timeout=1');
    await vi.waitFor(() => expect(bot.logged.join('')).toContain('another program reads the updates'));
    await bot.people.ann.send(bot.chats.ann, '/help');
    expect((await bot.chats.ann.nextMessage()).text).toBe('Fine.');
  });

  it('confirms what it has handled when it stops', async () => {
    await startBot();
    await bot.people.ann.send(bot.chats.ann, '/help');
    await bot.chats.ann.nextMessage();
    await bot.surface.stop();
    const { body } = bot.telegram.calls.findLast(({ method }) => method === 'getUpdates') as {
      body: Record<string, unknown>;
    };
    expect(body.offset).toBe((bot.telegram.updates.at(-1)?.update_id as number) + 1);
  });
});

describe('by webhook', () => {
  it('answers what Telegram brings', async () => {
    await startBot({ mode: 'webhook' });
    await bot.people.ann.send(bot.chats.ann, '/help');
    expect((await bot.chats.ann.nextMessage()).text).toBe('Fine.');
    const { body } = bot.telegram.calls.find(({ method }) => method === 'setWebhook') as {
      body: Record<string, unknown>;
    };
    expect(body).toMatchObject({
      url: `${bot.webUrl}/webhooks/telegram`,
      allowed_updates: ['message', 'callback_query'],
    });
  });

  it('takes nothing from anyone else', async () => {
    await startBot({ mode: 'webhook' });
    const post = (secretToken: string, body: string) =>
      fetch(`${bot.webUrl}/webhooks/telegram`, {
        method: 'POST',
        headers: { 'x-telegram-bot-api-secret-token': secretToken },
        body,
      });
    const { body } = bot.telegram.calls.find(({ method }) => method === 'setWebhook') as {
      body: Record<string, unknown>;
    };
    const right = String(body.secret_token);
    const update = JSON.stringify({ update_id: 1, message: {} });
    expect((await post('', update)).status).toBe(401);
    expect((await post(`${right.slice(0, -1)}.`, update)).status).toBe(401);
    expect((await post(right, 'no json')).status).toBe(400);
    expect((await post(right, '[]')).status).toBe(400);
    expect((await post(right, JSON.stringify({ update_id: 1, edited_message: {} }))).status).toBe(200);
    expect(bot.dispatch.inbounds).toEqual([]);
  });

  it('tells anonymous administrators that they have no account', async () => {
    await startBot({ mode: 'webhook' });
    const { body } = bot.telegram.calls.find(({ method }) => method === 'setWebhook') as {
      body: Record<string, unknown>;
    };
    const chat = { id: bot.chats.group.id, type: 'supergroup' };
    const from = { id: 1087968824, is_bot: true, first_name: 'Group' };
    const update = {
      update_id: 5,
      message: { message_id: 1, from, sender_chat: chat, chat, text: '/imagine a red fox' },
    };
    const headers = { 'x-telegram-bot-api-secret-token': String(body.secret_token) };
    await fetch(`${bot.webUrl}/webhooks/telegram`, { method: 'POST', headers, body: JSON.stringify(update) });
    expect((await bot.chats.group.nextMessage()).text).toBe('surfaces.telegram.anonymous');
    expect(bot.dispatch.inbounds).toEqual([]);
  });
});

async function picture(more: Partial<ReplyImage> = {}): Promise<ReplyImage> {
  const png = await sharp({ create: { width: 64, height: 48, channels: 3, background: '#c85' } })
    .png()
    .toBuffer();
  return {
    id: randomUUID(),
    fileName: 'fox.png',
    contentType: 'image/png',
    width: 64,
    height: 48,
    placeholder: '',
    alt: 'A red fox',
    bytes: async () => new Uint8Array(png),
    ...more,
  };
}
