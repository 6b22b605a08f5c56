import {
  type APIApplicationCommandAutocompleteInteraction,
  type APIChatInputApplicationCommandInteraction,
  type APIInteraction,
  type APIMessageComponentButtonInteraction,
  ApplicationCommandType,
  ComponentType,
  InteractionResponseType,
  InteractionType,
  MessageFlags,
} from 'discord.js';
import type { Core } from '../../core/index.ts';
import type { Dispatch, Inbound, Reply, Suggestion } from '../chat.ts';
import type { DiscordApi, Outgoing } from './api.ts';
import { describeFault, faultCodes, readFault } from './faults.ts';
import type { EncodeOptions, MessageEncoder } from './message.ts';
import { createReplyTo, type DiscordReplyTo, readUser } from './reply-to.ts';

/** Discord gives up after three seconds; an answer that takes longer than this is announced first. */
const patienceMs = 1_000;
/** Completions are worthless later than this. */
const suggestPatienceMs = 2_000;

type Parts = {
  core: Pick<Core, 'log' | 'generations' | 'words'>;
  dispatch: Dispatch;
  api: DiscordApi;
  encoder: MessageEncoder;
  now: () => number;
};
type Asked = APIChatInputApplicationCommandInteraction | APIMessageComponentButtonInteraction;

/**
 * Answers one interaction, wherever it came from: the gateway or the HTTP endpoint. Both get their
 * answer by the same calls to Discord. Never throws.
 */
export function createInteractions({ core, dispatch, api, encoder, now }: Parts) {
  async function answer(interaction: APIInteraction): Promise<void> {
    try {
      if (isCommand(interaction)) await answerCommand(interaction);
      else if (isButton(interaction)) await answerButton(interaction);
      else if (interaction.type === InteractionType.ApplicationCommandAutocomplete)
        await answerAutocomplete(interaction);
    } catch (error) {
      const fault = readFault(error);
      // Another process has it: deliveries of the same interaction overlap while one takes over from the other.
      if (fault.code === faultCodes.alreadyAcknowledged) return;
      const reason = fault.status === null && error instanceof Error ? error.name : describeFault(fault);
      core.log.warn(
        { interactionId: interaction.id, kind: interaction.type, reason },
        'A Discord interaction was not answered',
      );
    }
  }

  async function answerCommand(interaction: APIChatInputApplicationCommandInteraction): Promise<void> {
    const secret = dispatch.commands.find((command) => command.name === interaction.data.name)?.private ?? true;
    const to = createReplyTo(interaction, {
      now: now(),
      locale: interaction.locale,
      ephemeral: secret,
      message: '@original',
    });
    const input = Object.fromEntries(
      (interaction.data.options ?? []).map((option) => [option.name, 'value' in option ? option.value : undefined]),
    );
    const pending = dispatch.run({
      ...describe(interaction, to),
      action: { type: 'command', name: interaction.data.name, input },
    });
    const quick = await within(patienceMs, pending);
    if (quick && !quick.images?.length) return respondNow(interaction, quick, to);

    to.ephemeral = quick?.private ?? secret;
    const data = to.ephemeral ? { flags: MessageFlags.Ephemeral } : {};
    await api.respond(interaction, { type: InteractionResponseType.DeferredChannelMessageWithSource, data });
    const reply = await pending;
    // The announcement is public and cannot be made private, so it goes and another takes its place.
    if (reply.private && !to.ephemeral) {
      await api.deleteReply({ ...to, message: '@original' });
      return sendFollowUp(interaction, reply, to);
    }
    await editOriginal(interaction, reply, to);
  }

  async function answerButton(interaction: APIMessageComponentButtonInteraction): Promise<void> {
    // Until the press has a message of its own nothing may be edited: the original is the message with the button.
    const to = createReplyTo(interaction, {
      now: now(),
      locale: interaction.locale,
      ephemeral: isEphemeral(interaction),
      message: null,
    });
    const pending = dispatch.run({
      ...describe(interaction, to),
      action: { type: 'button', data: interaction.data.custom_id },
    });
    const quick = await within(patienceMs, pending);
    if (quick && !quick.images?.length) return respondNow(interaction, quick, to);

    await api.respond(interaction, { type: InteractionResponseType.DeferredMessageUpdate });
    const reply = await pending;
    if (replaces(reply, interaction)) await editOriginal(interaction, reply, to);
    else await sendFollowUp(interaction, reply, to);
  }

  async function answerAutocomplete(interaction: APIApplicationCommandAutocompleteInteraction): Promise<void> {
    const focused = (interaction.data.options ?? []).find((option) => 'focused' in option && option.focused);
    if (!focused || !('value' in focused)) return;
    const to = createReplyTo(interaction, { now: now(), locale: interaction.locale, ephemeral: true, message: null });
    const suggesting = dispatch.suggest(
      describe(interaction, to),
      interaction.data.name,
      focused.name,
      String(focused.value),
    );
    const suggestions = (await within(suggestPatienceMs, suggesting)) ?? [];
    await api.respond(interaction, {
      type: InteractionResponseType.ApplicationCommandAutocompleteResult,
      data: { choices: encodeSuggestions(suggestions) },
    });
  }

  async function respondNow(interaction: Asked, reply: Reply, to: DiscordReplyTo): Promise<void> {
    const replacing = replaces(reply, interaction);
    const ephemeral = replacing ? isEphemeral(interaction) : reply.private || reply.mode === 'notice';
    const { body } = await encoder.encode(reply, { ...to, ephemeral: ephemeral && !replacing });
    const type = replacing ? InteractionResponseType.UpdateMessage : InteractionResponseType.ChannelMessageWithSource;
    const message = await api.respond(interaction, { type, data: body });
    await follow(reply, { ...to, ephemeral, message: '@original', messageId: message?.id ?? null });
  }

  async function editOriginal(interaction: Asked, reply: Reply, to: DiscordReplyTo): Promise<void> {
    const message = await api.editReply({ ...to, message: '@original' }, await encode(interaction, reply, to));
    await follow(reply, { ...to, message: '@original', messageId: message.id });
  }

  async function sendFollowUp(interaction: Asked, reply: Reply, to: DiscordReplyTo): Promise<void> {
    const ephemeral = reply.private || reply.mode === 'notice';
    const { id } = await api.followUp(to, await encode(interaction, reply, { ...to, ephemeral }));
    await follow(reply, { ...to, ephemeral, message: id, messageId: id });
  }

  /** An answer was announced, so something has to come even when its images cannot be read. */
  async function encode(interaction: Asked, reply: Reply, options: EncodeOptions): Promise<Outgoing> {
    return encoder.encode(reply, options).catch((error: unknown) => {
      const reason = error instanceof Error ? error.name : 'unknown';
      core.log.error({ interactionId: interaction.id, reason }, 'The images of a Discord reply could not be read');
      const html = core.words.html(options.locale, 'errors.internal', { request: interaction.id });
      return encoder.encode({ html, private: reply.private }, options);
    });
  }

  async function follow(reply: Reply, to: DiscordReplyTo): Promise<void> {
    if (reply.follow) await core.generations.attachReply(reply.follow, to);
  }

  return { answer };
}

function describe(interaction: APIInteraction, replyTo: DiscordReplyTo): Omit<Inbound, 'action'> {
  const user = readUser(interaction);
  return {
    platform: 'discord',
    userId: user.id,
    displayName: interaction.member?.nick ?? user.global_name ?? user.username,
    locale: replyTo.locale,
    requestId: interaction.id,
    replyTo,
  };
}

/** A private answer never takes the place of a message that others see. */
function replaces(reply: Reply, interaction: Asked): boolean {
  if (reply.mode !== 'replace' || !isButton(interaction)) return false;
  return !reply.private || isEphemeral(interaction);
}

function isEphemeral(interaction: Asked): boolean {
  return isButton(interaction) && ((interaction.message.flags ?? 0) & MessageFlags.Ephemeral) !== 0;
}

function isCommand(interaction: APIInteraction): interaction is APIChatInputApplicationCommandInteraction {
  return (
    interaction.type === InteractionType.ApplicationCommand &&
    interaction.data.type === ApplicationCommandType.ChatInput
  );
}

function isButton(interaction: APIInteraction): interaction is APIMessageComponentButtonInteraction {
  return (
    interaction.type === InteractionType.MessageComponent && interaction.data.component_type === ComponentType.Button
  );
}

/** At most 25, each named by 1 to 100 characters, no name twice. A value cannot be cut: it would be another one. */
function encodeSuggestions(suggestions: readonly Suggestion[]) {
  const named = suggestions
    .filter(({ value }) => value !== '' && value.length <= 100)
    .map(({ value, label }) => ({
      name: Array.from(label || value)
        .slice(0, 50)
        .join('')
        .slice(0, 100),
      value,
    }));
  return [...new Map(named.map((choice) => [choice.name, choice])).values()].slice(0, 25);
}

/** Null when it takes longer. */
async function within<T>(milliseconds: number, pending: Promise<T>): Promise<T | null> {
  const { promise: late, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(() => resolve(null), milliseconds);
  return Promise.race([pending, late]).finally(() => clearTimeout(timer));
}
