import { MessageFlags } from 'discord.js';
import type { Core } from '../../core/index.ts';
import { type DeliveredVia, DeliveryError, type Recipient, type Reply } from '../chat.ts';
import type { DiscordApi, Outgoing } from './api.ts';
import { onceBy, throwDeliveryError, works } from './deliver.ts';
import type { MessageEncoder } from './message.ts';
import { type DiscordReplyTo, readReplyTo, smallestAttachmentLimit, tokenIsAlive } from './reply-to.ts';

type Parts = { core: Pick<Core, 'once'>; api: DiscordApi; encoder: MessageEncoder; now: () => number };

/**
 * Tells someone what they did not ask for: under what they did ask a moment ago, for their eyes only,
 * while its token lives, else as a direct message.
 */
export function createNotify({ core, api, encoder, now }: Parts) {
  return async function notify(
    { userId, replyTo, locale }: Recipient,
    reply: Reply,
    key: string,
  ): Promise<DeliveredVia> {
    const encode = (ephemeral: boolean) =>
      encoder.encode(reply, { locale, ephemeral, attachmentLimit: smallestAttachmentLimit });
    const sendDirect = async (): Promise<DeliveredVia> => {
      await writeTo(userId, await encode(false), key).catch(throwDeliveryError);
      return 'direct';
    };
    // Direct messages are told apart by their nonce; follow-ups take none, so what was done is remembered.
    if (!replyTo) return sendDirect();
    const to = readReplyTo(replyTo);
    const outcome = await core.once.run(`discord:notice:${key}`, async () => {
      const token = tokenIsAlive(to, now()) && (await works(followUp(to, await encode(true))));
      return token ? 'reply' : sendDirect();
    });
    if (outcome.done) return outcome.value as DeliveredVia;
    throw new DeliveryError('Another process is bringing it', { retryAfterMs: outcome.retryAfterMs });
  };

  /** The first follow-up of an answer that is still to come would take its place, seen by whoever sees that. */
  async function followUp(to: DiscordReplyTo, outgoing: Outgoing): Promise<void> {
    const first = await api.readReply({ ...to, message: '@original' });
    if (first && (first.flags ?? 0) & MessageFlags.Loading)
      throw new DeliveryError('The answer before it is still to come', { retryAfterMs: waitForAnswerMs });
    await api.followUp(to, outgoing);
  }

  async function writeTo(userId: string, { body, files }: Outgoing, key: string): Promise<void> {
    const channelId = await api.openDirectChannel(userId);
    await api.sendMessage(channelId, { ...body, ...onceBy(key) }, files);
  }
}

const waitForAnswerMs = 3_000;
