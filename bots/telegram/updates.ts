import { setTimeout as sleep } from 'node:timers/promises';
import type { ReplyTo } from '../../core/index.ts';
import type { Dispatch, Inbound, Reply } from '../chat.ts';
import { plainText } from '../html.ts';
import { parseCommand, type TypedCommand } from '../parse-command.ts';
import type { TelegramReplyTo } from './address.ts';
import { type Api, patient } from './api.ts';
import type { createChoices, Offer } from './choices.ts';
import type { TelegramCore } from './core-parts.ts';
import { describeFault, readFault } from './faults.ts';
import { cutText } from './markup.ts';
import type { Messages } from './messages.ts';
import type { Question, Replies } from './replies.ts';
import type { IncomingMessage, IncomingPress, IncomingUpdate, Sender } from './update-types.ts';

export const allowedUpdates = ['message', 'callback_query'] as const;

type Parts = {
  core: TelegramCore;
  dispatch: Dispatch;
  api: Api;
  messages: Messages;
  replies: Replies;
  choices: ReturnType<typeof createChoices>;
  botName(): Promise<string>;
};

const longestNotice = 200;
/** Telegram gives up on an unanswered press after some seconds. */
const answerPressWithinMs = 5_000;

/** Takes updates, however they arrive. */
export function createUpdates({ core, dispatch, api, messages, replies, choices, botName }: Parts) {
  const inHand = new Set<Promise<unknown>>();

  /**
   * Resolves when the update has been dealt with as far as it must not be lost; what is left to be
   * sent is sent in the background, so that one slow chat keeps nobody waiting. May come again.
   */
  async function handle(update: IncomingUpdate): Promise<void> {
    if (update.message) await takeMessage(update.update_id, update.message);
    if (update.callback_query) await takePress(update.update_id, update.callback_query);
  }

  async function takeMessage(updateId: number, message: IncomingMessage): Promise<void> {
    if (message.text === undefined || !message.from || message.from.is_bot) return takeAnonymous(updateId, message);
    const question = questionOf(updateId, message, message.from, message.message_id);
    const typed = parseCommand(message.text, dispatch.commands);
    if (!typed) {
      if (message.chat.type === 'private') later(answerOffer(question, choices.offerPrompt(question, message.text)));
      return;
    }
    if (!(await isForUs(typed, message))) return;
    if (message.sender_chat) return takeAnonymous(updateId, message);
    const offer = await choices.offer(question, typed);
    if (offer) return later(answerOffer(question, offer));
    const reply = await run(question, { type: 'command', name: typed.name, input: inputOf(typed) });
    later(replies.answer(question, reply));
  }

  /** A number that was named and not given is refused like any other that is none. */
  function inputOf({ name, input, withoutValue }: TypedCommand): Record<string, unknown> {
    const options = dispatch.commands.find((command) => command.name === name)?.options ?? [];
    const isNumber = options.some((option) => option.name === withoutValue && option.type === 'integer');
    return isNumber && withoutValue ? { [withoutValue]: Number.NaN, ...input } : input;
  }

  /** Behind an anonymous administrator or a channel there are many people and no account. */
  async function takeAnonymous(updateId: number, message: IncomingMessage): Promise<void> {
    const typed = message.text === undefined ? null : parseCommand(message.text, dispatch.commands);
    if (!message.from || !message.sender_chat || !typed || !(await isForUs(typed, message))) return;
    const question = questionOf(updateId, message, message.from, message.message_id);
    const html = core.words.html(question.locale, 'surfaces.telegram.anonymous');
    later(replies.answer(question, { html, private: false }));
  }

  /** In a group other bots have commands too. */
  async function isForUs(typed: TypedCommand, { chat }: IncomingMessage): Promise<boolean> {
    if (typed.bot !== null) return typed.bot === (await botName()).toLowerCase();
    return chat.type === 'private' || dispatch.commands.some(({ name }) => name === typed.name);
  }

  async function takePress(updateId: number, press: IncomingPress): Promise<void> {
    if (!press.message || press.data === undefined) {
      await answerPress(press, null);
      return;
    }
    const question = questionOf(updateId, press.message, press.from, press.message.message_id);
    const typed = choices.readPress(press.data);
    const running = run(question, typed ? { type: 'command', ...typed } : { type: 'button', data: press.data });
    const inTime = await Promise.race([running, sleep(answerPressWithinMs, null, { ref: false })]);
    const shown = await answerPress(press, inTime);
    const reply = await running;
    if (reply.mode === 'notice') {
      if (!shown) later(replies.answer(question, { ...reply, private: true }));
    } else if (reply.mode === 'replace') later(replace(question, press.message, reply));
    else later(replies.answer(question, reply));
  }

  /** Ends the button's spinner; true when a notice was shown with it. */
  async function answerPress(press: IncomingPress, reply: Reply | null): Promise<boolean> {
    const notice =
      reply?.mode === 'notice' ? { text: cutText(plainText(reply.html), longestNotice), show_alert: true } : {};
    return api.call('answerCallbackQuery', { callback_query_id: press.id, ...notice }).then(
      () => 'text' in notice,
      (error: unknown) => {
        core.log.debug({ err: describeFault(error) }, 'a press was not answered');
        return false;
      },
    );
  }

  /** A photo cannot become text again, so it goes and the text comes. */
  async function replace(question: Question, message: IncomingMessage, reply: Reply): Promise<void> {
    const place = { chatId: message.chat.id, messageId: message.message_id };
    try {
      const isPicture = Boolean(message.photo ?? message.document);
      if (!isPicture || reply.images?.length) return await messages.edit(place, reply, question.locale, patient);
      await api.send('deleteMessage', { chat_id: place.chatId, message_id: place.messageId }, patient);
    } catch (error) {
      if (readFault(error).kind === 'later')
        core.log.warn({ err: describeFault(error) }, 'a message could not be replaced');
    }
    await replies.answer(question, reply);
  }

  async function answerOffer(question: Question, offer: Offer | null): Promise<void> {
    if (offer) await replies.answer(question, offer.reply, offer.keyboard);
    else await replies.answer(question, await run(question, { type: 'command', name: 'help', input: {} }));
  }

  function run(question: Question, action: Inbound['action']): Promise<Reply> {
    return dispatch.run({ ...question, replyTo: question.replyTo as ReplyTo, action });
  }

  function questionOf(
    updateId: number,
    { chat, ...message }: IncomingMessage,
    from: Sender,
    messageId: number,
  ): Question {
    const locale = from.language_code ?? 'en';
    const replyTo: TelegramReplyTo = {
      platform: 'telegram',
      locale,
      chatId: chat.id,
      chatType: chat.type,
      userId: from.id,
      messageId,
      threadId: message.is_topic_message ? (message.message_thread_id ?? null) : null,
      replyMessageId: null,
      replyChatId: null,
    };
    return {
      platform: 'telegram',
      userId: String(from.id),
      displayName: [from.first_name, from.last_name].filter(Boolean).join(' '),
      locale,
      requestId: `${api.botId}:${updateId}`,
      replyTo,
    };
  }

  function later(work: Promise<unknown>): void {
    const tracked = work.catch((error: unknown) =>
      core.log.error({ err: describeFault(error) }, 'an update was left unfinished'),
    );
    inHand.add(tracked);
    void tracked.then(() => inHand.delete(tracked));
  }

  /** Resolves when nothing is left to be sent. */
  async function settled(): Promise<void> {
    while (inHand.size) await Promise.all(inHand);
  }

  return { handle, settled };
}
