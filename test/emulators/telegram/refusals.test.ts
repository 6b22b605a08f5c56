import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ChatHandle, type PersonHandle, startTelegram, type TelegramEmulator } from './index.ts';

const ann = { id: 501, first_name: 'Ann' };
const ben = { id: 502, first_name: 'Ben' };
const stranger = { id: 503, first_name: 'Cy' };
const limits = { privateBurst: 1000, overallPerSecond: 1000 };

let emulator: TelegramEmulator;
let person: PersonHandle;
let chat: ChatHandle;
let groupId: number;
/** A text of the bot, a text of the person, a photo of the bot. */
let ids: { text: number; theirs: number; photo: number };

beforeAll(async () => {
  emulator = await startTelegram({ limits });
  person = emulator.user(ann);
  chat = emulator.privateChat(ann);
  const group = emulator.group('Painters', [ben]);
  groupId = group.id;
  emulator.user(stranger);
  const theirs = await person.send(chat, '/start');
  const text = await call('sendMessage', { chat_id: ann.id, text: 'hi' });
  const photo = await upload('sendPhoto', { chat_id: ann.id, caption: 'fox' }, { photo: await picture(60, 40) });
  ids = { theirs: theirs.id, text: text.result.message_id, photo: photo.result.message_id };
});

afterAll(() => emulator.close());

const long = (length: number) => 'x'.repeat(length);
const button = (fields: Record<string, unknown>) => ({ inline_keyboard: [[fields]] });
const toAnn = (fields: Record<string, unknown>) => () => ({ chat_id: ann.id, ...fields });
const edit = (fields: Record<string, unknown>) => () => ({ chat_id: ann.id, message_id: ids.text, ...fields });
const html = (text: string) => toAnn({ text, parse_mode: 'HTML' });
const menu = (command: string, description: string) => () => ({ commands: [{ command, description }] });

type Row = [method: string, body: () => Record<string, unknown>, description: string];

const rows: Row[] = [
  ['sendMessage', toAnn({}), 'message text is empty'],
  ['sendMessage', toAnn({ text: ' \n ' }), 'text must be non-empty'],
  ['sendMessage', html('<b></b>'), 'text must be non-empty'],
  ['sendMessage', toAnn({ text: long(4097) }), 'message is too long'],
  ['sendMessage', toAnn({ text: 'a', parse_mode: 'rtf' }), 'unsupported parse_mode'],
  ['sendMessage', () => ({ text: 'a' }), 'chat_id is empty'],
  ['sendMessage', () => ({ chat_id: 999, text: 'a' }), 'chat not found'],
  ['sendMessage', () => ({ chat_id: stranger.id, text: 'a' }), 'chat not found'],
  ['sendMessage', html('<b>a'), 'can\'t parse entities: Can\'t find end tag corresponding to start tag "b"'],
  ['sendMessage', html('é<p>a</p>'), 'can\'t parse entities: Unsupported start tag "p" at byte offset 2'],
  ['sendMessage', html('a</b>'), "can't parse entities: Unexpected end tag at byte offset 1"],
  [
    'sendMessage',
    html('<b><i>a</b></i>'),
    'can\'t parse entities: Unmatched end tag at byte offset 7, expected "</i>", found "</b>"',
  ],
  ['sendMessage', html('1 < 2'), 'can\'t parse entities: Unsupported start tag "" at byte offset 2'],
  ['sendMessage', html('a <b'), "can't parse entities: Unclosed start tag at byte offset 2"],
  ['sendMessage', toAnn({ text: 'a', reply_markup: '{' }), "can't parse reply keyboard markup JSON object"],
  [
    'sendMessage',
    toAnn({ text: 'a', reply_markup: button({ text: 'b' }) }),
    "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
  ],
  [
    'sendMessage',
    toAnn({ text: 'a', reply_markup: button({ callback_data: 'b' }) }),
    'can\'t parse inline keyboard button: Can\'t find field "text"',
  ],
  [
    'sendMessage',
    toAnn({ text: 'a', reply_markup: button({ text: 'b', callback_data: 'é'.repeat(33) }) }),
    'BUTTON_DATA_INVALID',
  ],
  [
    'sendMessage',
    toAnn({ text: 'a', reply_markup: button({ text: 'b', url: 'http://localhost:3000/x' }) }),
    "inline keyboard button URL 'http://localhost:3000/x' is invalid: Wrong HTTP URL",
  ],
  [
    'sendMessage',
    toAnn({
      text: 'a',
      reply_markup: { inline_keyboard: Array.from({ length: 101 }, () => [{ text: 'b', callback_data: 'c' }]) },
    }),
    'reply markup is too long',
  ],
  ['sendMessage', toAnn({ text: 'a', reply_parameters: { message_id: 9999 } }), 'message to be replied not found'],
  ['sendChatAction', toAnn({ action: 'dancing' }), 'wrong parameter action in request'],
  ['sendPhoto', toAnn({}), 'there is no photo in the request'],
  ['sendPhoto', toAnn({ photo: 'attach://nothing' }), 'there is no photo in the request'],
  [
    'sendPhoto',
    toAnn({ photo: 'AgACunknown' }),
    "wrong remote file identifier specified: can't unserialize it. Wrong last symbol",
  ],
  ['sendPhoto', toAnn({ photo: 'AgACunknown', caption: long(1025) }), 'message caption is too long'],
  ['sendPhoto', toAnn({ photo: 'https://unknown.example/a.png' }), 'failed to get HTTP URL content'],
  ['sendMediaGroup', toAnn({ media: [] }), 'there are no messages to send'],
  ['sendMediaGroup', toAnn({ media: [{ type: 'photo' }] }), "can't parse InputMedia: media not found"],
  ['editMessageText', edit({ text: 'hi' }), modified()],
  ['editMessageText', edit({ text: long(4097) }), 'MESSAGE_TOO_LONG'],
  ['editMessageText', edit({ text: 'b', message_id: 9999 }), 'message to edit not found'],
  ['editMessageText', () => ({ text: 'b' }), 'message identifier is not specified'],
  ['editMessageText', () => ({ chat_id: ann.id, message_id: ids.theirs, text: 'b' }), "message can't be edited"],
  [
    'editMessageText',
    () => ({ chat_id: ann.id, message_id: ids.photo, text: 'b' }),
    'there is no text in the message to edit',
  ],
  ['editMessageText', edit({ text: 'b', reply_markup: { keyboard: [['c']] } }), 'inline keyboard expected'],
  ['editMessageCaption', edit({ caption: 'b' }), 'there is no caption in the message to edit'],
  ['editMessageCaption', () => ({ chat_id: ann.id, message_id: ids.photo, caption: 'fox' }), modified()],
  ['editMessageMedia', edit({}), 'parameter "media" is required'],
  [
    'editMessageMedia',
    edit({ media: { type: 'sticker', media: 'a' } }),
    'can\'t parse InputMedia: type "sticker" is unsupported',
  ],
  ['editMessageReplyMarkup', edit({}), modified()],
  ['deleteMessage', () => ({ chat_id: ann.id }), 'message identifier is not specified'],
  ['deleteMessage', toAnn({ message_id: 9999 }), 'message to delete not found'],
  [
    'answerCallbackQuery',
    () => ({ callback_query_id: '1' }),
    'query is too old and response timeout expired or query ID is invalid',
  ],
  ['answerCallbackQuery', () => ({ callback_query_id: '1', text: long(201) }), 'MESSAGE_TOO_LONG'],
  ['setMyCommands', menu('Imagine', 'draws'), 'BOT_COMMAND_INVALID'],
  ['setMyCommands', menu(long(33), 'draws'), 'command length must not exceed 32'],
  ['setMyCommands', menu('imagine', ''), 'command description must be non-empty'],
  ['setMyCommands', menu('imagine', long(257)), 'command description length must not exceed 256'],
  [
    'setMyCommands',
    () => ({ commands: Array.from({ length: 101 }, (_, index) => ({ command: `c${index}`, description: 'd' })) }),
    'BOT_COMMANDS_TOO_MUCH',
  ],
  [
    'setMyCommands',
    () => ({ commands: [], scope: { type: 'everywhere' } }),
    "can't parse BotCommandScope: Unsupported type specified",
  ],
  ['setMyCommands', () => ({ commands: [], language_code: 'english' }), 'invalid language code specified'],
  ['getFile', () => ({ file_id: 'AgACunknown' }), 'invalid file_id'],
  [
    'setWebhook',
    () => ({ url: 'https://easel.example', secret_token: 'a b' }),
    'secret token contains unallowed characters',
  ],
];

test.each(rows)('%s is refused (row %#): %s', async (method, body, description) => {
  const expected = { ok: false, error_code: 400, description: `Bad Request: ${description}` };
  expect(await call(method, body())).toEqual(expected);
});

describe('pictures are read, not believed', () => {
  test.each([
    ['too wide for its height', () => picture(421, 20), 'Bad Request: PHOTO_INVALID_DIMENSIONS'],
    ['ten thousand and two pixels of sides', () => picture(5001, 5001), 'Bad Request: PHOTO_INVALID_DIMENSIONS'],
    ['no picture', async () => Buffer.from('GIF89a, or so it says'), 'Bad Request: IMAGE_PROCESS_FAILED'],
    ['empty', async () => Buffer.alloc(0), 'Bad Request: file must be non-empty'],
    [
      'over ten megabytes',
      async () => Buffer.alloc((10 << 20) + 1),
      'Bad Request: file of size 10485761 bytes is too big for a photo; the maximum size is 10485760 bytes',
    ],
  ])('%s', async (_, make, description) => {
    expect((await upload('sendPhoto', { chat_id: ann.id }, { photo: await make() })).description).toBe(description);
  });

  test('a file over fifty megabytes is too large a request', async () => {
    const answer = await upload('sendDocument', { chat_id: ann.id }, { document: Buffer.alloc((50 << 20) + 1) });
    expect(answer).toMatchObject({ error_code: 413, description: 'Request Entity Too Large' });
  });
});

describe('who may be written to', () => {
  test('nobody the bot has not been written to by, nor who has blocked it, nor a group that removed it', async () => {
    const group = emulator.group('Gone', [ann]);
    group.removeBot();
    person.block();
    const write = (id: number) => call('sendMessage', { chat_id: id, text: 'a' });
    expect([await write(ben.id), await write(ann.id), await write(group.id)]).toMatchObject([
      { error_code: 400, description: 'Bad Request: chat not found' },
      { error_code: 403, description: 'Forbidden: bot was blocked by the user' },
      { error_code: 403, description: 'Forbidden: bot was kicked from the supergroup chat' },
    ]);
    person.unblock();
    expect(await write(ann.id)).toMatchObject({ ok: true });
    emulator.user(ben);
    expect(await write(ben.id)).toMatchObject({
      error_code: 403,
      description: "Forbidden: bot can't initiate conversation with a user",
    });
  });
});

describe('the door', () => {
  test.each([
    ['/bot1:wrong/getMe', 401, 'Unauthorized'],
    ['/botnonsense/getMe', 401, 'Unauthorized: invalid token specified'],
    ['/health', 404, 'Not Found'],
  ])('%s', async (path, code, description) => {
    const response = await fetch(emulator.url + path);
    expect(response.status).toBe(code);
    expect(await response.json()).toEqual({ ok: false, error_code: code, description });
  });

  test('an unknown method is 404, an unknown parameter is ignored, a name in any case is known', async () => {
    expect(await call('sendPainting', {})).toMatchObject({
      error_code: 404,
      description: 'Not Found: method not found',
    });
    expect(await call('SENDMESSAGE', { chat_id: ann.id, text: 'a', mood: 'blue' })).toMatchObject({ ok: true });
  });
});

describe('what is accepted', () => {
  test('the same call as JSON, as a form, in the address and as multipart', async () => {
    const keyboard = JSON.stringify(button({ text: 'b', callback_data: 'c' }));
    const fields = { chat_id: String(ann.id), text: 'a', reply_markup: keyboard };
    const address = `${emulator.url}/bot${emulator.token}/sendMessage`;
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    const answers = [
      await fetch(address, { method: 'POST', body: new URLSearchParams(fields) }),
      await fetch(`${address}?${new URLSearchParams(fields)}`),
      await fetch(address, { method: 'POST', body: form }),
    ].map((response) => response.json());
    answers.push(call('sendMessage', fields));
    for (const answer of await Promise.all(answers)) {
      expect(answer).toMatchObject({ ok: true, result: { text: 'a', reply_markup: JSON.parse(keyboard) } });
    }
  });

  test('limits are met exactly: 4,096 characters beside their tags, 64 bytes of data, a reply that may be gone', async () => {
    const body = {
      chat_id: ann.id,
      text: `<b>${'🦊'.repeat(4096)}</b>`,
      parse_mode: 'HTML',
      reply_markup: button({ text: 'b', callback_data: long(64) }),
      reply_parameters: { message_id: 9999, allow_sending_without_reply: true },
    };
    expect(await call('sendMessage', body)).toMatchObject({
      ok: true,
      result: { entities: [{ type: 'bold', length: 8192 }] },
    });
  });

  test('menus are kept by scope and language', async () => {
    await call('setMyCommands', { commands: [{ command: '/imagine', description: ' draws ' }] });
    await call('setMyCommands', { commands: [{ command: 'bild', description: 'malt' }], language_code: 'de' });
    const scope = { type: 'chat', chat_id: groupId };
    await call('setMyCommands', { commands: [{ command: 'server', description: 'rules' }], scope });
    expect(emulator.commands()).toEqual([{ command: 'imagine', description: 'draws' }]);
    expect(emulator.commands({ type: 'default' }, 'de')).toEqual([{ command: 'bild', description: 'malt' }]);
    expect((await call('getMyCommands', { scope })).result).toEqual([{ command: 'server', description: 'rules' }]);
    await call('deleteMyCommands', { scope });
    expect((await call('getMyCommands', { scope })).result).toEqual([]);
  });
});

function modified(): string {
  return 'message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message';
}

interface Reply {
  ok: boolean;
  error_code?: number;
  description?: string;
  result: { message_id: number };
}

async function call(method: string, body: Record<string, unknown>): Promise<Reply> {
  const response = await fetch(`${emulator.url}/bot${emulator.token}/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return (await response.json()) as Reply;
}

async function upload(method: string, fields: Record<string, unknown>, files: Record<string, Buffer>): Promise<Reply> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, String(value));
  for (const [name, bytes] of Object.entries(files)) form.set(name, new Blob([new Uint8Array(bytes)]), `${name}.png`);
  const response = await fetch(`${emulator.url}/bot${emulator.token}/${method}`, { method: 'POST', body: form });
  return (await response.json()) as Reply;
}

function picture(width: number, height: number): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background: '#b53' } })
    .png()
    .toBuffer();
}
