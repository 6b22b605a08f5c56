import { TelegramError } from 'telegraf';
import { DeliveryError } from '../chat.ts';

/** What a refusal of Telegram means for whoever wanted to send something. */
export type Fault =
  /** An edit that changes nothing. */
  | { kind: 'unchanged' }
  /** The message cannot be edited (any more). */
  | { kind: 'gone' }
  /** Nobody can be reached there. */
  | { kind: 'unreachable' }
  /** The group has become a supergroup with another id. */
  | { kind: 'moved'; chatId: number }
  /** It will not be shown as a photo; a file may be. */
  | { kind: 'no_photo' }
  /** Ask again later, at once or not at all; `afterMs` when told. */
  | { kind: 'later'; afterMs: number | null }
  | { kind: 'refused' };

/** Our own pacing says that it is too early. */
export class TooEarlyError extends Error {
  readonly waitMs: number;
  constructor(waitMs: number) {
    super(`Telegram's limits leave no room for ${waitMs} ms`);
    this.name = 'TooEarlyError';
    this.waitMs = waitMs;
  }
}

/** The Bot API gives words, not codes; these are the ones that change what we do. */
const patterns: [RegExp, Exclude<Fault['kind'], 'moved' | 'later'>][] = [
  [/message is not modified/i, 'unchanged'],
  [
    /message to edit not found|message can't be edited|MESSAGE_ID_INVALID|there is no (text|caption) in the message/i,
    'gone',
  ],
  [
    /PHOTO_INVALID_DIMENSIONS|PHOTO_SAVE_FILE_INVALID|IMAGE_PROCESS_FAILED|PHOTO_EXT_INVALID|too big for a photo/i,
    'no_photo',
  ],
  [
    /chat not found|user not found|user is deactivated|PEER_ID_INVALID|USER_IS_BLOCKED|message thread not found|TOPIC_(CLOSED|DELETED)/i,
    'unreachable',
  ],
  [
    /have no rights to send|not enough rights to send|CHAT_WRITE_FORBIDDEN|CHAT_SEND_\w+_FORBIDDEN|CHAT_RESTRICTED|need administrator rights/i,
    'unreachable',
  ],
];

export function readFault(error: unknown): Fault {
  if (error instanceof TooEarlyError) return { kind: 'later', afterMs: error.waitMs };
  // Connections that break, time out or are aborted.
  if (!(error instanceof TelegramError)) return { kind: 'later', afterMs: null };
  const { code, description, parameters } = error;
  if (parameters?.migrate_to_chat_id) return { kind: 'moved', chatId: parameters.migrate_to_chat_id };
  if (code === 429) return { kind: 'later', afterMs: (parameters?.retry_after ?? 5) * 1000 };
  if (code === 403) return { kind: 'unreachable' };
  if (code >= 500 || code === 401) return { kind: 'later', afterMs: null };
  return { kind: patterns.find(([words]) => words.test(description))?.[1] ?? 'refused' };
}

/** One line for the log. The error itself carries the call's text, which must not get there. */
export function describeFault(error: unknown): string {
  if (error instanceof TelegramError) return `${error.code}: ${error.description}`;
  return error instanceof Error ? `${error.name}: ${error.message}` : 'unknown fault';
}

/** The same for whoever delivers. Without the cause, which carries the call's text. */
export function toDeliveryError(error: unknown): DeliveryError {
  if (error instanceof DeliveryError) return error;
  const fault = readFault(error);
  return new DeliveryError(describeFault(error), {
    unreachable: fault.kind === 'unreachable',
    retryAfterMs: fault.kind === 'later' ? fault.afterMs : null,
  });
}
