import type { APIInteraction } from 'discord.js';
import type { ReplyTo } from '../../core/index.ts';

/** Discord's reply token lives 15 minutes; the last half minute is left alone, for clocks and queues. */
const tokenLifeMs = 15 * 60_000 - 30_000;

/** What is needed later to bring a result to where it was asked for. Kept in Postgres. */
export type DiscordReplyTo = {
  platform: 'discord';
  applicationId: string;
  /** Opens the reply until `tokenExpiresAt` (milliseconds since 1970). */
  token: string;
  tokenExpiresAt: number;
  channelId: string;
  /** Null in a private chat with the bot. */
  guildId: string | null;
  userId: string;
  locale: string;
  /** The reply is seen by the asker alone. */
  ephemeral: boolean;
  /** What the token edits: `@original`, a follow-up's id, or null while a button's press has no message of its own. */
  message: string | null;
  /** The message itself; null until it was sent. */
  messageId: string | null;
  /** Bytes that one file may have there. */
  attachmentLimit: number;
};

/** Discord's limit for a place without boosts, and for private chats. */
export const smallestAttachmentLimit = 10 * 1024 * 1024;

export function createReplyTo(
  interaction: APIInteraction,
  { now, locale, ...answer }: { now: number; locale: string; ephemeral: boolean; message: string | null },
): DiscordReplyTo {
  return {
    platform: 'discord',
    applicationId: interaction.application_id,
    token: interaction.token,
    tokenExpiresAt: now + tokenLifeMs,
    channelId: interaction.channel?.id ?? '',
    guildId: interaction.guild_id ?? null,
    userId: readUser(interaction).id,
    locale,
    messageId: null,
    attachmentLimit: interaction.attachment_size_limit ?? smallestAttachmentLimit,
    ...answer,
  };
}

/** Gives a kept address its shape back. It was written by `createReplyTo`, so only its platform is checked. */
export function readReplyTo(replyTo: ReplyTo): DiscordReplyTo {
  if (replyTo.platform !== 'discord') throw new Error(`Not an address on Discord but on ${replyTo.platform}`);
  return replyTo as unknown as DiscordReplyTo;
}

export function readUser(interaction: APIInteraction) {
  const user = interaction.member?.user ?? interaction.user;
  if (!user) throw new Error('Discord sent an interaction without a person');
  return user;
}

export function askedAt(to: DiscordReplyTo): Date {
  return new Date(to.tokenExpiresAt - tokenLifeMs);
}

export function tokenIsAlive(to: DiscordReplyTo, now: number): boolean {
  return now < to.tokenExpiresAt;
}
