import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Core, ReplyTo } from '../../core/index.ts';
import { type DeliveredVia, DeliveryError, type Reply } from '../chat.ts';
import type { DiscordApi, Outgoing } from './api.ts';
import { describeFault, faultCodes, isRefusal, readFault } from './faults.ts';
import { renderMarkdown } from './markup.ts';
import type { EncodeOptions, MessageEncoder } from './message.ts';
import { askedAt, type DiscordReplyTo, readReplyTo, smallestAttachmentLimit, tokenIsAlive } from './reply-to.ts';

/** Discord allows about five edits of one reply in two seconds; this leaves room for the result. */
export const progressEveryMs = 2_500;

type Parts = { core: Pick<Core, 'words'>; api: DiscordApi; encoder: MessageEncoder; now: () => number };

/**
 * Brings results back: into the reply while its token lives, else as a message in the channel, else
 * as a direct message. Something private never goes to a channel that others read.
 */
export function createDelivery({ core, api, encoder, now }: Parts) {
  /** Replies that have their result: progress that was read just before must not be written over it. */
  const settled = new LRUCache<string, true>({ max: 1_000 });
  const nameOf = ({ token, message }: DiscordReplyTo) => `${token} ${message}`;

  async function deliver(replyTo: ReplyTo, reply: Reply, key: string): Promise<DeliveredVia> {
    const to = readReplyTo(replyTo);
    const secret = to.ephemeral || reply.private;
    settled.set(nameOf(to), true);
    if (to.message && tokenIsAlive(to, now()) && (to.ephemeral || !reply.private)) {
      if (await works(editReply(to, to.message, reply))) return 'reply';
    }
    if (!secret && (await works(sendToChannel(to, reply, key)))) return 'channel';
    await sendDirect(to, reply, key);
    return 'direct';
  }

  async function showProgress(replyTo: ReplyTo, reply: Reply): Promise<void> {
    const to = readReplyTo(replyTo);
    if (!to.message || !tokenIsAlive(to, now()) || settled.has(nameOf(to))) return;
    if (reply.private && !to.ephemeral) return;
    const body = encoder.encodeText(reply, { locale: to.locale, attachmentLimit: 0 });
    // Progress that took this long is stale, and would keep the result waiting behind it.
    const signal = AbortSignal.timeout(progressEveryMs);
    await api.editReply({ ...to, message: to.message }, { body, files: [] }, signal).catch(() => undefined);
  }

  async function editReply(to: DiscordReplyTo, message: string, reply: Reply): Promise<void> {
    const options = { locale: to.locale, attachmentLimit: to.attachmentLimit };
    await sendFitting(reply, options, (outgoing) => api.editReply({ ...to, message }, outgoing));
  }

  async function sendToChannel(to: DiscordReplyTo, reply: Reply, key: string): Promise<void> {
    const origin = core.words.html(to.locale, 'surfaces.discord.from_channel', { when: askedAt(to) });
    // Names the asker without notifying them: no mention is allowed to.
    const options = {
      locale: to.locale,
      attachmentLimit: to.attachmentLimit,
      lead: `<@${to.userId}> · ${renderMarkdown(origin)}\n`,
    };
    const reference = to.messageId && { message_reference: { message_id: to.messageId, fail_if_not_exists: false } };
    await sendFitting(reply, options, ({ body, files }) =>
      api.sendMessage(to.channelId, { ...body, ...reference, ...onceBy(key) }, files),
    );
  }

  async function sendDirect(to: DiscordReplyTo, reply: Reply, key: string): Promise<void> {
    const place = `https://discord.com/channels/${to.guildId ?? '@me'}/${to.channelId}`;
    const origin = core.words.html(to.locale, 'surfaces.discord.from_direct', { when: askedAt(to), url: place });
    const options = {
      locale: to.locale,
      attachmentLimit: smallestAttachmentLimit,
      lead: `${renderMarkdown(origin)}\n`,
    };
    try {
      const channelId = await api.openDirectChannel(to.userId);
      await sendFitting(reply, options, ({ body, files }) =>
        api.sendMessage(channelId, { ...body, ...onceBy(key) }, files),
      );
    } catch (error) {
      throwDeliveryError(error);
    }
  }

  /** What Discord finds too large after all is sent without its images, which the text then names. */
  async function sendFitting(
    reply: Reply,
    options: EncodeOptions,
    send: (outgoing: Outgoing) => Promise<unknown>,
  ): Promise<void> {
    try {
      await send(await encode(reply, options));
    } catch (error) {
      if (readFault(error).code !== faultCodes.requestTooLarge) throw error;
      await send(await encode(reply, { ...options, attachmentLimit: 0 }));
    }
  }

  async function encode(reply: Reply, options: EncodeOptions): Promise<Outgoing> {
    return encoder.encode(reply, options).catch((cause: unknown) => {
      throw new DeliveryError('The images could not be read', { cause });
    });
  }

  return { deliver, showProgress };
}

/** False when Discord refused for good: the token has run out, the message or the permission is gone. */
export async function works(sending: Promise<unknown>): Promise<boolean> {
  try {
    await sending;
    return true;
  } catch (error) {
    if (isRefusal(readFault(error))) return false;
    return throwDeliveryError(error);
  }
}

export function throwDeliveryError(error: unknown): never {
  if (error instanceof DeliveryError) throw error;
  const fault = readFault(error);
  throw new DeliveryError(describeFault(fault), { unreachable: isRefusal(fault), retryAfterMs: fault.retryAfterMs });
}

/** Discord gives the first message back when one with the same nonce is sent again within minutes. */
export function onceBy(key: string) {
  return { nonce: createHash('sha256').update(key).digest('base64url').slice(0, 25), enforce_nonce: true };
}
