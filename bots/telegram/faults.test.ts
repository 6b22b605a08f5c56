import { TelegramError } from 'telegraf';
import { describe, expect, it } from 'vitest';
import { describeFault, readFault, TooEarlyError, toDeliveryError } from './faults.ts';

const refusal = (
  error_code: number,
  description: string,
  parameters?: { retry_after?: number; migrate_to_chat_id?: number },
) =>
  new TelegramError({ error_code, description, parameters }, { method: 'sendMessage', payload: { text: 'a red fox' } });

describe('readFault', () => {
  it.each([
    [refusal(400, 'Bad Request: message is not modified: specified new message content'), { kind: 'unchanged' }],
    [refusal(400, 'Bad Request: message to edit not found'), { kind: 'gone' }],
    [refusal(400, 'Bad Request: there is no text in the message to edit'), { kind: 'gone' }],
    [refusal(400, 'Bad Request: chat not found'), { kind: 'unreachable' }],
    [refusal(400, 'Bad Request: not enough rights to send photos to the chat'), { kind: 'unreachable' }],
    [refusal(400, 'Bad Request: message thread not found'), { kind: 'unreachable' }],
    [refusal(403, 'Forbidden: bot was blocked by the user'), { kind: 'unreachable' }],
    [refusal(400, 'Bad Request: PHOTO_INVALID_DIMENSIONS'), { kind: 'no_photo' }],
    [
      refusal(400, 'Bad Request: group chat was upgraded to a supergroup chat', { migrate_to_chat_id: -1001 }),
      { kind: 'moved', chatId: -1001 },
    ],
    [refusal(429, 'Too Many Requests: retry after 7', { retry_after: 7 }), { kind: 'later', afterMs: 7000 }],
    [refusal(502, 'Bad Gateway'), { kind: 'later', afterMs: null }],
    [new TooEarlyError(300), { kind: 'later', afterMs: 300 }],
    [new Error('socket hang up'), { kind: 'later', afterMs: null }],
    [refusal(400, "Bad Request: can't parse entities"), { kind: 'refused' }],
  ])('%s', (error, fault) => {
    expect(readFault(error)).toEqual(fault);
  });

  it('passes on no text of a message', () => {
    const fault = toDeliveryError(refusal(400, 'Bad Request: chat not found'));
    expect(fault).toMatchObject({ unreachable: true, message: '400: Bad Request: chat not found', cause: undefined });
    expect(describeFault(refusal(502, 'Bad Gateway'))).toBe('502: Bad Gateway');
  });
});
