import { LRUCache } from 'lru-cache';
import type { ReplyTo } from '../../core/index.ts';
import { type DeliveredVia, DeliveryError, type Recipient, type Reply } from '../chat.ts';
import { type Address, readReplyTo, type TelegramReplyTo, whereAsked } from './address.ts';
import { brief, eager } from './api.ts';
import type { TelegramCore } from './core-parts.ts';
import { describeFault, readFault, toDeliveryError } from './faults.ts';
import type { Messages } from './messages.ts';

/** Where a result has come to stand. */
type Arrival = { via: DeliveredVia; chatId: number; messageId: number };

/** Brings results and progress. Telegram takes no idempotency key, so what was done is remembered part by part. */
export function createDelivery({ core, messages }: { core: Pick<TelegramCore, 'once' | 'log'>; messages: Messages }) {
  /** Messages that hold their result; progress may still be on its way to them. */
  const done = new LRUCache<string, true>({ max: 1_000 });

  /** Edits the message that waits for it, else answers the question anew, else writes to the asker in private. Throws DeliveryError. */
  async function deliver(replyTo: ReplyTo, reply: Reply, key: string): Promise<DeliveredVia> {
    const to = readReplyTo(replyTo);
    done.set(`${to.replyChatId} ${to.replyMessageId}`, true);
    try {
      const first = await doOnce(`telegram:deliver:${key}`, () => bring(to, reply));
      const rest = reply.images?.slice(1) ?? [];
      if (rest.length) {
        const address = {
          chatId: first.chatId,
          threadId: first.chatId === to.chatId ? to.threadId : null,
          answers: first.messageId,
        };
        await doOnce(`telegram:deliver:${key}:rest`, () => messages.postRest(address, rest, to.locale, brief));
      }
      return first.via;
    } catch (error) {
      throw toDeliveryError(error);
    }
  }

  /** In the private chat with the bot, which is named like the person. Throws DeliveryError. */
  async function notify({ userId, locale }: Recipient, reply: Reply, key: string): Promise<DeliveredVia> {
    const address = { chatId: Number(userId) };
    try {
      await doOnce(`telegram:notice:${key}`, () => messages.post(address, reply, locale, brief));
      return 'direct';
    } catch (error) {
      throw toDeliveryError(error);
    }
  }

  async function doOnce<T>(key: string, work: () => Promise<T>): Promise<T> {
    const outcome = await core.once.run(key, work);
    if (!outcome.done)
      throw new DeliveryError('Another process is bringing it', { retryAfterMs: outcome.retryAfterMs });
    return outcome.value;
  }

  /** The next best place each time nobody is reached at the better one. */
  async function bring(to: TelegramReplyTo, reply: Reply): Promise<Arrival> {
    let last: unknown;
    for (const attempt of waysTo(to, reply)) {
      try {
        return await attempt();
      } catch (error) {
        const fault = readFault(error);
        if (fault.kind === 'moved') return post(to, { chatId: fault.chatId }, 'channel', reply);
        if (fault.kind !== 'gone' && fault.kind !== 'unreachable') throw error;
        last = error;
      }
    }
    throw last;
  }

  function waysTo(to: TelegramReplyTo, reply: Reply): (() => Promise<Arrival>)[] {
    const { replyMessageId, replyChatId, userId } = to;
    const inGroup = to.chatType !== 'private';
    const ways: (() => Promise<Arrival>)[] = [];
    if (replyMessageId && replyChatId) {
      const place = { chatId: replyChatId, messageId: replyMessageId };
      ways.push(() => messages.edit(place, reply, to.locale, brief).then(() => ({ via: 'reply', ...place })));
    }
    if (inGroup && !reply.private) ways.push(() => post(to, whereAsked(to), 'channel', reply));
    return [...ways, () => post(to, { chatId: userId }, 'direct', reply)];
  }

  async function post(to: TelegramReplyTo, address: Address, via: DeliveredVia, reply: Reply): Promise<Arrival> {
    return { via, chatId: address.chatId, messageId: await messages.post(address, reply, to.locale, brief) };
  }

  /** Only when Telegram's limits leave room for it at once. */
  async function showProgress(replyTo: ReplyTo, reply: Reply): Promise<void> {
    const { replyChatId, replyMessageId, locale } = readReplyTo(replyTo);
    if (!replyChatId || !replyMessageId || done.has(`${replyChatId} ${replyMessageId}`)) return;
    await messages
      .edit({ chatId: replyChatId, messageId: replyMessageId }, reply, locale, eager)
      .catch((error: unknown) => {
        core.log.debug({ err: describeFault(error) }, 'progress was not shown on Telegram');
      });
  }

  return { deliver, notify, showProgress };
}
