import { setTimeout as wait } from 'node:timers/promises';
import {
  type APIChannel,
  type APIInteraction,
  type APIInteractionResponse,
  type APIMessage,
  type RawFile,
  REST,
  type RESTPostAPIChannelMessageJSONBody,
  type RESTPostAPIChatInputApplicationCommandsJSONBody,
  type RouteLike,
  Routes,
} from 'discord.js';
import { faultCodes, isPassing, readFault } from './faults.ts';
import type { MessageBody } from './message.ts';

/** A rate limit that holds longer than this is handed back, so that the caller can do something better than wait. */
const longestWaitMs = 5_000;
const secondTryMs = 250;
/** As many as Discord gives at once. */
const serversAPage = 200;

export type ReplyAddress = { applicationId: string; token: string; message: string };
export type Outgoing = { body: MessageBody; files: RawFile[] };
export type DiscordApi = ReturnType<typeof createDiscordApi>;

/**
 * The calls Easel makes to Discord. discord.js keeps to the rate limits; it never sends anything again
 * by itself, since it would do so with messages too. Calls that may be repeated are, once, here.
 */
export function createDiscordApi({ token, apiUrl }: { token: string; apiUrl: string }) {
  const rest = new REST({
    api: apiUrl,
    version: '10',
    retries: 0,
    rejectOnRateLimit: ({ retryAfter, timeToReset }) => Math.max(retryAfter, timeToReset) > longestWaitMs,
  }).setToken(token);
  const replyRoute = ({ applicationId, token, message }: ReplyAddress): RouteLike =>
    Routes.webhookMessage(applicationId, token, message);

  /** The first answer to an interaction. Gives the message that came of it, null when none did. */
  async function respond(interaction: APIInteraction, response: APIInteractionResponse): Promise<APIMessage | null> {
    const send = () =>
      rest.post(Routes.interactionCallback(interaction.id, interaction.token), {
        auth: false,
        body: response,
        query: new URLSearchParams({ with_response: 'true' }),
      }) as Promise<{ resource?: { message?: APIMessage } }>;
    try {
      return (await send()).resource?.message ?? null;
    } catch (error) {
      if (!isPassing(readFault(error))) throw error;
    }
    await wait(secondTryMs);
    try {
      return (await send()).resource?.message ?? null;
    } catch (error) {
      // The first try went through after all; only its answer was lost.
      if (readFault(error).code !== faultCodes.alreadyAcknowledged) throw error;
      return readReply({ applicationId: interaction.application_id, token: interaction.token, message: '@original' });
    }
  }

  /** The message as it stands; null when there is none yet or no longer. */
  async function readReply(address: ReplyAddress): Promise<APIMessage | null> {
    try {
      return (await rest.get(replyRoute(address), { auth: false })) as APIMessage;
    } catch (error) {
      if (readFault(error).status === 404) return null;
      throw error;
    }
  }

  /** Fields that `body` leaves out stay as they are. */
  async function editReply(
    address: ReplyAddress,
    { body, files }: Outgoing,
    signal?: AbortSignal,
  ): Promise<APIMessage> {
    const send = () => rest.patch(replyRoute(address), { auth: false, body, files, signal }) as Promise<APIMessage>;
    return twice(send);
  }

  async function deleteReply(address: ReplyAddress): Promise<void> {
    await rest.delete(replyRoute(address), { auth: false });
  }

  /** Another message under the same interaction. */
  async function followUp(
    to: { applicationId: string; token: string },
    { body, files }: Outgoing,
  ): Promise<APIMessage> {
    const query = new URLSearchParams({ wait: 'true' });
    return (await rest.post(Routes.webhook(to.applicationId, to.token), {
      auth: false,
      body,
      files,
      query,
    })) as APIMessage;
  }

  /** With a nonce in `body` a repeat within minutes shows nothing new. */
  async function sendMessage(
    channelId: string,
    body: RESTPostAPIChannelMessageJSONBody,
    files: RawFile[],
  ): Promise<void> {
    await rest.post(Routes.channelMessages(channelId), { body, files });
  }

  async function openDirectChannel(userId: string): Promise<string> {
    const channel = (await rest.post(Routes.userChannels(), { body: { recipient_id: userId } })) as APIChannel;
    return channel.id;
  }

  async function readApplicationId(): Promise<string> {
    return ((await rest.get(Routes.currentApplication())) as { id: string }).id;
  }

  /** The servers that the bot is in, page by page. */
  async function* readServers(): AsyncIterable<{ id: string; name: string }[]> {
    for (let after = '0'; ; ) {
      const query = new URLSearchParams({ limit: String(serversAPage), after });
      const page = (await rest.get(Routes.userGuilds(), { query })) as { id: string; name: string }[];
      if (page.length) yield page;
      const last = page.at(-1);
      if (!last || page.length < serversAPage) return;
      after = last.id;
    }
  }

  async function readCommands(applicationId: string): Promise<Record<string, unknown>[]> {
    const query = new URLSearchParams({ with_localizations: 'true' });
    return (await rest.get(Routes.applicationCommands(applicationId), { query })) as Record<string, unknown>[];
  }

  async function replaceCommands(
    applicationId: string,
    commands: RESTPostAPIChatInputApplicationCommandsJSONBody[],
  ): Promise<void> {
    await rest.put(Routes.applicationCommands(applicationId), { body: commands });
  }

  return {
    respond,
    readReply,
    editReply,
    deleteReply,
    followUp,
    sendMessage,
    openDirectChannel,
    readApplicationId,
    readServers,
    readCommands,
    replaceCommands,
  };
}

/** For calls that do the same however often they are made. */
async function twice<T>(send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (error) {
    if (!isPassing(readFault(error))) throw error;
  }
  await wait(secondTryMs);
  return send();
}
