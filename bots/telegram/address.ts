import type { ReplyTo } from '../../core/index.ts';

/** What is needed later to bring a result to where it was asked for. Kept in Postgres. */
export type TelegramReplyTo = {
  platform: 'telegram';
  locale: string;
  chatId: number;
  chatType: string;
  userId: number;
  /** The message that asked; 0 for none in that chat. */
  messageId: number;
  /** The topic of a forum. */
  threadId: number | null;
  /** Our message that shows progress and result, in `replyChatId`. */
  replyMessageId: number | null;
  replyChatId: number | null;
};

/** Where to put a message. */
export type Address = { chatId: number; threadId?: number | null; answers?: number };

/** Gives a kept address its shape back; this surface wrote it. */
export function readReplyTo(replyTo: ReplyTo): TelegramReplyTo {
  if (replyTo.platform !== 'telegram') throw new Error(`Not an address on Telegram but on ${replyTo.platform}`);
  return replyTo as unknown as TelegramReplyTo;
}

/** Where the question was asked. In a group the answer points to the question. */
export function whereAsked(to: TelegramReplyTo): Address {
  if (to.chatType === 'private' || !to.messageId) return { chatId: to.chatId, threadId: to.threadId };
  return { chatId: to.chatId, threadId: to.threadId, answers: to.messageId };
}
