import type { ReplyTo } from '../../core/index.ts';
import type { Inbound, Reply } from '../chat.ts';
import { type Address, type TelegramReplyTo, whereAsked } from './address.ts';
import { type Patience, patient } from './api.ts';
import type { TelegramCore } from './core-parts.ts';
import { describeFault, readFault } from './faults.ts';
import type { Keyboard, Messages } from './messages.ts';

/** A question, with its address in full. */
export type Question = Omit<Inbound, 'action' | 'replyTo'> & { replyTo: TelegramReplyTo };

export type Replies = ReturnType<typeof createReplies>;

/** Sends the answers to what people typed and pressed. */
export function createReplies({
  core,
  messages,
  botName,
}: {
  core: TelegramCore;
  messages: Messages;
  botName(): Promise<string>;
}) {
  /** Answers with a message: where it was asked, or in the private chat if it is for the asker alone. Never throws. */
  async function answer(question: Question, reply: Reply, keyboard?: Keyboard): Promise<void> {
    const to = question.replyTo;
    const aside = reply.private && to.chatType !== 'private';
    const address: Address = aside ? { chatId: to.userId } : whereAsked(to);
    try {
      const messageId = await postOnce(question, address, reply, keyboard);
      if (messageId === null || !reply.follow) return;
      const place = { ...to, replyMessageId: messageId, replyChatId: address.chatId } satisfies TelegramReplyTo;
      await core.generations.attachReply(reply.follow, place as ReplyTo);
    } catch (error) {
      if (aside && readFault(error).kind === 'unreachable') await askToOpenPrivateChat(question);
      else
        core.log.warn(
          { requestId: question.requestId, err: describeFault(error) },
          'an answer could not be sent on Telegram',
        );
    }
  }

  /** An update may come again after its answer was sent; null while another process is at it. */
  async function postOnce(
    question: Question,
    address: Address,
    reply: Reply,
    keyboard?: Keyboard,
  ): Promise<number | null> {
    // With `follow` the result will come even if this message does not, and a second one would stay as it is for ever.
    const patience: Patience = reply.follow ? { ...patient, attempts: 1 } : patient;
    const outcome = await core.once.run(`telegram:answer:${question.requestId}`, async () => {
      const messageId = await messages.post(address, reply, question.locale, patience, keyboard);
      await messages.postRest(
        { ...address, answers: messageId },
        reply.images?.slice(1) ?? [],
        question.locale,
        patience,
      );
      return messageId;
    });
    return outcome.done ? outcome.value : null;
  }

  /** A bot cannot begin a private chat: the person has to press Start there first. */
  async function askToOpenPrivateChat({ replyTo, locale, requestId }: Question): Promise<void> {
    try {
      const text = core.words.plain(locale, 'surfaces.telegram.open_private_button');
      const keyboard = [[{ text, url: `https://t.me/${await botName()}?start=hello` }]];
      const note = { html: core.words.html(locale, 'surfaces.telegram.open_private'), private: false };
      await messages.post(whereAsked(replyTo), note, locale, patient, keyboard);
    } catch (error) {
      core.log.warn({ requestId, err: describeFault(error) }, 'a person could not be asked to open the private chat');
    }
  }

  return { answer };
}
