import sharp from 'sharp';
import { Input, Telegraf } from 'telegraf';
import { expect, test } from 'vitest';
import { startTelegram } from './index.ts';
import type { RecordedCall } from './types.ts';
import { type Validation, validateCalls } from './validate-calls.ts';

test('what telegraf sends is what the description says', async (context) => {
  const emulator = await startTelegram();
  const { telegram } = new Telegraf(emulator.token, { telegram: { apiRoot: emulator.url } });
  const ann = { id: 501, first_name: 'Ann' };
  await emulator.user(ann).send(emulator.privateChat(ann), '/start');
  const bytes = await sharp({ create: { width: 30, height: 30, channels: 3, background: '#357' } })
    .png()
    .toBuffer();
  // Plain objects: telegraf's own button helpers add a `hide` that the Bot API does not know.
  const buttons = [
    { text: 'Again', callback_data: 'a' },
    { text: 'Open', url: 'https://easel.example' },
  ];
  const keyboard = { reply_markup: { inline_keyboard: [buttons] } };
  const sent = await telegram.sendMessage(ann.id, '<b>hi</b>', {
    parse_mode: 'HTML',
    reply_parameters: { message_id: 1 },
    ...keyboard,
  });
  const media = { type: 'photo' as const, media: Input.fromBuffer(bytes), caption: 'done' };
  await telegram.editMessageMedia(ann.id, sent.message_id, undefined, media, keyboard);
  await telegram.sendPhoto(ann.id, Input.fromBuffer(bytes), keyboard);
  await telegram.sendMediaGroup(ann.id, [media, media]);
  await telegram.setMyCommands([{ command: 'imagine', description: 'draws' }], {
    scope: { type: 'chat', chat_id: ann.id },
  });
  await telegram.getWebhookInfo();
  await emulator.close();
  expect(emulator.calls.map(({ status }) => status)).toEqual(emulator.calls.map(() => 200));
  expect(faultsOrSkip(validateCalls(emulator.calls), context.skip)).toEqual([]);
});

test('each fault is found and named', (context) => {
  const calls = [
    call('sendPainting', {}),
    call('sendMessage', { chat_id: 1, txt: 'a' }),
    call('sendMessage', { chat_id: true, text: 5 }),
    call('sendMessage', {
      chat_id: 1,
      text: 'a',
      reply_markup: { inline_keyboard: [[{ callback_data: 'a', color: 'red' }]] },
    }),
    call('sendMessage', { chat_id: 1, text: 'a', reply_parameters: { message_id: '7' } }),
    call('editMessageMedia', { media: { type: 'photo', caption: 'a' } }),
    call('sendMediaGroup', { chat_id: 1, media: [{ type: 'photo', media: 'attach://lost' }] }),
    call('setMyCommands', { commands: [], scope: { type: 'chat' } }),
    call('sendMessage', { chat_id: '1', text: 'a', disable_notification: 'true' }, 'form'),
  ];
  expect(faultsOrSkip(validateCalls(calls), context.skip)).toEqual([
    'call 1 sendPainting: there is no such method',
    'call 2 sendMessage: txt is unknown',
    'call 2 sendMessage: text is missing',
    'call 3 sendMessage: chat_id is not Integer: true',
    'call 3 sendMessage: text is not String: 5',
    'call 4 sendMessage: reply_markup.inline_keyboard[0][0].color is unknown',
    'call 4 sendMessage: reply_markup.inline_keyboard[0][0].text is missing',
    'call 5 sendMessage: reply_parameters.message_id is not Integer: "7"',
    'call 6 editMessageMedia: media.media is missing',
    'call 7 sendMediaGroup: media has 1 items, not 2–10',
    'call 7 sendMediaGroup: attach://lost names no part of the request',
    'call 8 setMyCommands: scope.chat_id is missing',
  ]);
});

function call(
  method: string,
  body: Record<string, unknown>,
  encoding: RecordedCall['encoding'] = 'json',
): RecordedCall {
  return { method, body, files: [], encoding, via: 'http', status: 200, at: 0 };
}

function faultsOrSkip(validation: Validation, skip: (note: string) => never): string[] {
  return validation.ran ? validation.faults : skip(validation.reason);
}
