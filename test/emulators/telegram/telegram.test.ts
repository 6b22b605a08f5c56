import sharp from 'sharp';
import { Input, Markup, Telegraf, type TelegramError } from 'telegraf';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startTelegram, type TelegramEmulator } from './index.ts';

const ann = { id: 501, first_name: 'Ann', username: 'ann', language_code: 'en' };

let emulator: TelegramEmulator;
let bot: Telegraf;
const launched = new Map<Telegraf, Promise<unknown>>();

beforeEach(async () => {
  emulator = await startTelegram();
  bot = makeBot(emulator);
});

afterEach(async () => {
  for (const running of launched.keys()) running.stop();
  await emulator.close();
  await Promise.all(launched.values());
  launched.clear();
});

describe('polling with telegraf', () => {
  test('a command reaches the bot once and its answer reaches the chat', async () => {
    const seen: number[] = [];
    bot.command('imagine', async (context) => {
      seen.push(context.update.update_id);
      await context.replyWithHTML(`drawing <b>${context.payload}</b>`);
    });
    launch(bot);
    const person = emulator.user(ann);
    const chat = emulator.privateChat(ann);
    await person.send(chat, '/imagine a red fox');
    const answer = await chat.nextMessage();
    expect(answer).toMatchObject({ text: 'drawing a red fox', html: 'drawing <b>a red fox</b>', fromBot: true });
    await person.send(chat, '/imagine a hare');
    await chat.nextMessage((message) => message.text.includes('hare'));
    expect(seen).toEqual(emulator.updates.map((update) => update.update_id));
  });

  test('in a group the bot sees its own commands and replies to it, nothing else', async () => {
    const seen: string[] = [];
    bot.on('message', async (context) => {
      const text = context.text ?? '';
      seen.push(text);
      await context.reply(`seen ${text}`);
    });
    launch(bot);
    const person = emulator.user(ann);
    const group = emulator.group('Painters', [ann]);
    await person.send(group, 'good morning');
    await person.send(group, '/imagine@another_bot a cat');
    await person.send(group, '/imagine@easel_test_bot a fox');
    const answer = await group.nextMessage();
    await person.send(group, 'thank you', { replyTo: answer });
    await group.nextMessage((message) => message.text === 'seen thank you');
    expect(seen).toEqual(['/imagine@easel_test_bot a fox', 'thank you']);
  });

  test('a second poller ends the first with 409', async () => {
    const failed = bot.launch().catch((error: unknown) => error);
    await emulator.waitForCalls('getUpdates');
    launch(makeBot(emulator));
    const error = (await failed) as TelegramError;
    expect(error.code).toBe(409);
    expect(error.description).toBe(
      'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
    );
  });

  test('getUpdates hands out an update until it is confirmed, and again when it is redelivered', async () => {
    await emulator.user(ann).send(emulator.privateChat(ann), 'hello');
    const [update] = emulator.updates;
    const id = update?.update_id as number;
    const read = (offset: number) => bot.telegram.callApi('getUpdates', { offset, limit: 10, timeout: 0 });
    expect((await read(0)).map((one) => one.update_id)).toEqual([id]);
    expect((await read(id)).map((one) => one.update_id)).toEqual([id]);
    expect(await read(id + 1)).toEqual([]);
    emulator.redeliver(update as NonNullable<typeof update>);
    expect((await read(id + 1)).map((one) => one.update_id)).toEqual([id]);
    expect(await read(id + 1)).toEqual([]);
  });
});

describe('messages', () => {
  test('a photo goes up by multipart, comes back as JPEG, and can be sent again by its id', async () => {
    const { chat } = await openChat();
    const bytes = await picture(1600, 900);
    const sent = await bot.telegram.sendPhoto(ann.id, Input.fromBuffer(bytes, 'fox.png'), {
      caption: '<i>a fox</i>',
      parse_mode: 'HTML',
      ...Markup.inlineKeyboard([Markup.button.callback('Again', 'again:1')]),
    });
    const shown = await chat.nextMessage();
    expect(shown.photo?.bytes.equals(bytes)).toBe(true);
    expect(shown).toMatchObject({ html: '<i>a fox</i>', keyboard: [[{ text: 'Again', callback_data: 'again:1' }]] });
    expect(sent.photo.map(({ width, height }) => [width, height])).toEqual([
      [90, 51],
      [320, 180],
      [800, 450],
      [1280, 720],
    ]);
    const largest = sent.photo.at(-1)?.file_id as string;
    const link = await bot.telegram.getFileLink(largest);
    const download = Buffer.from(await (await fetch(link)).arrayBuffer());
    expect(await sharp(download).metadata()).toMatchObject({ format: 'jpeg', width: 1280, height: 720 });
    await bot.telegram.sendPhoto(ann.id, largest);
    expect((await chat.nextMessage()).photo?.bytes.equals(bytes)).toBe(true);
  });

  test('a text turns into a photo, and people see each state', async () => {
    const { chat } = await openChat();
    const sent = await bot.telegram.sendMessage(
      ann.id,
      'drawing…',
      Markup.inlineKeyboard([Markup.button.callback('Cancel', 'c')]),
    );
    const posted = await chat.nextMessage();
    await bot.telegram.editMessageText(ann.id, sent.message_id, undefined, 'drawing… 50 %');
    const media = { type: 'photo' as const, media: Input.fromBuffer(await picture(64, 64)), caption: 'done' };
    await bot.telegram.editMessageMedia(ann.id, sent.message_id, undefined, media);
    const half = await chat.nextEdit(posted);
    expect(half).toMatchObject({ text: 'drawing… 50 %', keyboard: [] });
    const done = await chat.nextEdit(half, (message) => message.photo !== undefined);
    expect(done.text).toBe('done');
    expect(done.edits.map(({ text }) => text)).toEqual(['drawing…', 'drawing… 50 %']);
    await bot.telegram.deleteMessage(ann.id, sent.message_id);
    expect(chat.messages.some(({ id }) => id === sent.message_id)).toBe(false);
    expect(chat.deleted).toEqual([sent.message_id]);
  });

  test('an album shares one id; a document keeps its name', async () => {
    const { chat } = await openChat();
    const item = async (side: number) => ({
      type: 'photo' as const,
      media: Input.fromBuffer(await picture(side, side)),
    });
    const album = await bot.telegram.sendMediaGroup(ann.id, [await item(32), await item(48)]);
    expect(new Set(album.map((message) => 'media_group_id' in message && message.media_group_id)).size).toBe(1);
    expect((await chat.nextMessage()).albumId).toBe((await chat.nextMessage()).albumId);
    await bot.telegram.sendDocument(ann.id, Input.fromBuffer(Buffer.from('{}'), 'export.json'));
    expect((await chat.nextMessage()).document).toMatchObject({ name: 'export.json' });
    await bot.telegram.sendChatAction(ann.id, 'upload_photo');
    expect(chat.actions).toEqual(['upload_photo']);
  });

  test('a picture is fetched by address from hosts that stand for the public net, and from nowhere else', async () => {
    const bytes = await picture(40, 40);
    const source = await startTelegram();
    const elsewhere = await startTelegram({ hosts: { 'easel.example': source.url } });
    const other = elsewhere.user(ann);
    await other.send(elsewhere.privateChat(ann), '/start');
    await source.user(ann).send(source.privateChat(ann), '/start');
    const uploaded = await makeBot(source).telegram.sendPhoto(ann.id, Input.fromBuffer(bytes));
    const link = await makeBot(source).telegram.getFileLink(uploaded.photo.at(-1)?.file_id as string);
    const telegram = makeBot(elsewhere).telegram;
    const refusals = [`https://easel.example${link.pathname}`, link.href, 'https://unknown.example/fox.png'].map(
      (address) => telegram.sendPhoto(ann.id, address).catch((error: TelegramError) => error.description),
    );
    // The emulator's own downloads say "application/octet-stream", which is no picture.
    expect(await Promise.all(refusals)).toEqual([
      'Bad Request: wrong type of the web page content',
      'Bad Request: failed to get HTTP URL content',
      'Bad Request: failed to get HTTP URL content',
    ]);
    await source.close();
    await elsewhere.close();
  });
});

describe('button presses', () => {
  test('the bot learns of a press and its answer is shown; a second answer is too late', async () => {
    const second = Promise.withResolvers<TelegramError>();
    bot.action('again:1', async (context) => {
      await context.answerCbQuery('again, then', { show_alert: true });
      await context.answerCbQuery().catch(second.resolve);
    });
    launch(bot);
    const { chat, person } = await openChat();
    await bot.telegram.sendMessage(ann.id, 'here', Markup.inlineKeyboard([Markup.button.callback('Again', 'again:1')]));
    const message = await chat.nextMessage();
    const { answer } = await person.press(message, 'Again');
    expect(await answer).toEqual({ text: 'again, then', alert: true, url: undefined });
    expect((await second.promise).description).toBe(
      'Bad Request: query is too old and response timeout expired or query ID is invalid',
    );
    await expect(person.press(message, 'Vary')).rejects.toThrow('no button "Vary" under "here" [Again]');
  });

  test('a press grows too old', async () => {
    const { chat, person } = await openChat();
    await bot.telegram.sendMessage(ann.id, 'here', Markup.inlineKeyboard([Markup.button.callback('Again', 'a')]));
    const { id, answer } = await person.press(await chat.nextMessage(), 'Again');
    emulator.expireCallbacks();
    await expect(answer).rejects.toThrow('did not answer');
    await expect(bot.telegram.answerCbQuery(id)).rejects.toThrow('400: Bad Request: query is too old');
  });
});

function makeBot({ url, token }: TelegramEmulator): Telegraf {
  return new Telegraf(token, { telegram: { apiRoot: url } });
}

/** Runs a bot until it fails or the test ends. */
function launch(started: Telegraf) {
  const ended = started.launch().catch(() => launched.delete(started));
  launched.set(started, ended);
}

async function openChat() {
  const person = emulator.user(ann);
  const chat = emulator.privateChat(ann);
  await person.send(chat, '/start');
  return { person, chat };
}

function picture(width: number, height: number): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background: '#b53' } })
    .png()
    .toBuffer();
}
