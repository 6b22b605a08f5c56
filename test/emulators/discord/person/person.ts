import { openInteraction } from '../model/interactions.ts';
import { findMessage } from '../model/messages.ts';
import type { Channel, Interaction, Person, State, Wire } from '../model/state.ts';
import { messageWire } from '../model/wire.ts';
import type { CommandOptions } from './command-input.ts';
import { buildCommandData, ClientRefusal, chooseCommand } from './command-input.ts';
import type { InteractionHandle } from './handle.ts';
import { createHandle } from './handle.ts';
import { interactionWire } from './payload.ts';
import type { SeenMessage } from './seen.ts';
import { isVisibleTo, readMessage, seenBy } from './seen.ts';

/** Where a person does something: a guild channel, or their direct messages with the bot. */
export type Place = { channel?: { id: string }; dm?: boolean };

export type PersonHandle = ReturnType<typeof createPerson>;

export type PersonDependencies = {
  state: State;
  person: Person;
  directChannel(): Channel;
  defaultChannel(): Channel;
  /** Hands an interaction to the bot, over the gateway or to its endpoint. */
  deliver(interaction: Interaction, payload: Wire): void;
};

/** A person with Discord's client in hand. */
export function createPerson({ state, person, directChannel, defaultChannel, deliver }: PersonDependencies) {
  function placeOf({ channel, dm }: Place): Channel {
    if (dm) return directChannel();
    if (!channel) return defaultChannel();
    const found = state.channels.get(channel.id);
    if (!found) throw new ClientRefusal('There is no such channel');
    return found;
  }

  function send(input: Parameters<typeof openInteraction>[1], data: Wire): Interaction {
    const interaction = openInteraction(state, input);
    deliver(interaction, interactionWire(state, interaction, data));
    return interaction;
  }

  return {
    id: person.id,
    username: person.username,
    /** Whether this person turns direct messages from the bot away. */
    refuseDirectMessages(refuses: boolean): void {
      person.refusesDirectMessages = refuses;
    },
    /**
     * Sends `/name` or `/name group subcommand`. Throws ClientRefusal for what Discord's client would not send:
     * an unregistered command, a missing or unknown option, a value of the wrong type or out of bounds.
     */
    async command(name: string, options: CommandOptions = {}, place: Place = {}): Promise<InteractionHandle> {
      const channel = placeOf(place);
      const chosen = chooseCommand(state, name, person, channel);
      const data = buildCommandData(state, chosen, options);
      return createHandle(state, send({ kind: 2, name, person, channel }, data));
    },
    /** Types `partial` into an option that completes itself; resolves with the choices offered. */
    async autocomplete(
      name: string,
      option: string,
      partial: string | number,
      others: CommandOptions = {},
      { timeout = 3_000, ...place }: Place & { timeout?: number } = {},
    ): Promise<{ name: string; value: string | number }[]> {
      const channel = placeOf(place);
      const chosen = chooseCommand(state, name, person, channel);
      const target = chosen.options.find((each) => each.name === option);
      if (target?.autocomplete !== true) throw new ClientRefusal(`Option "${option}" does not complete itself`);
      const data = buildCommandData(state, chosen, { ...others, [option]: partial }, option);
      const interaction = send({ kind: 4, name, person, channel }, data);
      const choices = await state.signal.until(() => interaction.choices ?? undefined, {
        timeout,
        what: 'No choices were offered',
      });
      return choices as { name: string; value: string | number }[];
    },
    /** Presses a button, by custom id or label, of a message that this person sees now. */
    async click(message: { id: string; channelId: string }, button: string): Promise<InteractionHandle> {
      const channel = state.channels.get(message.channelId);
      const source = channel && findMessage(channel, message.id);
      if (!channel || !source || !isVisibleTo(source, person))
        throw new ClientRefusal('This person does not see that message');
      const buttons = readMessage(messageWire(state, source)).buttons;
      const found = buttons.find((each) => each.customId === button) ?? buttons.find((each) => each.label === button);
      if (!found)
        throw new ClientRefusal(`No button "${button}" among: ${buttons.map((each) => each.label).join(', ')}`);
      if (found.disabled || found.customId === undefined)
        throw new ClientRefusal(`Button "${button}" cannot be pressed`);
      const data = { component_type: 2, custom_id: found.customId, id: componentId(source.components, found.customId) };
      return createHandle(state, send({ kind: 3, name: found.customId, person, channel, source }, data));
    },
    /** Fills in the form that `opened` (an interaction of this person) showed; `values` by custom id of the inputs. */
    async submitModal(opened: InteractionHandle, values: Record<string, string>): Promise<InteractionHandle> {
      const from = state.interactions.get(opened.token);
      const modal = from?.modal;
      if (!from || !modal || from.person !== person) throw new ClientRefusal('This person has no such form open');
      const data = { custom_id: modal.custom_id, components: fillRows(modal.components as Wire[], values) };
      const source = from.source ? { source: from.source } : {};
      return createHandle(
        state,
        send({ kind: 5, name: String(modal.custom_id), person, channel: from.channel, ...source }, data),
      );
    },
    /** The messages on this person's screen in a channel, or in their direct messages with the bot. */
    sees: (place: Place = {}): SeenMessage[] => seenBy(state, placeOf(place).messages, person),
    /** Resolves with a message on this person's screen that satisfies `predicate`, now or later. */
    waitFor(
      predicate: (message: SeenMessage) => boolean,
      { timeout = 5_000, ...place }: Place & { timeout?: number } = {},
    ): Promise<SeenMessage> {
      const channel = placeOf(place);
      return state.signal.until(() => seenBy(state, channel.messages, person).find(predicate), {
        timeout,
        what: 'No such message came',
      });
    },
  };
}

function componentId(rows: Wire[], customId: string): unknown {
  const children = rows.flatMap((row) => row.components as Wire[]);
  return children.find((child) => child.custom_id === customId)?.id;
}

function fillRows(rows: Wire[], values: Record<string, string>): Wire[] {
  return rows.map((row) => ({
    type: 1,
    components: (row.components as Wire[]).map((input) => {
      const value = values[String(input.custom_id)] ?? String(input.value ?? '');
      const most = (input.max_length as number | undefined) ?? 4_000;
      const least = (input.min_length as number | undefined) ?? (input.required === false ? 0 : 1);
      if (value.length < least || value.length > most)
        throw new ClientRefusal(`Input "${input.custom_id}" takes ${least} to ${most} characters`);
      return { type: 4, custom_id: input.custom_id, value };
    }),
  }));
}
