import type { Channel, ChannelRefusal, Interaction, Person, State, Wire } from './model/state.ts';
import { MessageFlag } from './model/state.ts';
import { messageWire } from './model/wire.ts';
import { createPerson } from './person/person.ts';
import type { SeenMessage } from './person/seen.ts';
import { readMessage } from './person/seen.ts';

/** What a member may do unless told otherwise: view, send, embed, attach, read history, use commands. */
const MEMBER_PERMISSIONS = 0x80000000n | 379_968n;

export type ChannelHandle = {
  id: string;
  guildId: string;
  /** What everybody sees here, oldest first. */
  readonly messages: SeenMessage[];
  /** Makes the bot's calls to this channel fail with the code, or work again with null. */
  refuse(code: ChannelRefusal | null): void;
  /** Resolves with a public message that satisfies `predicate`, now or later. */
  waitFor(predicate: (message: SeenMessage) => boolean, timeout?: number): Promise<SeenMessage>;
};

/** People and places. */
export function createWorld(state: State, deliver: (interaction: Interaction, payload: Wire) => void) {
  const directs = new Map<string, Channel>();

  function addChannel(channel: Omit<Channel, 'messages' | 'refusal'>): Channel {
    const added: Channel = { ...channel, refusal: null, messages: [] };
    state.channels.set(added.id, added);
    return added;
  }

  function directChannel(personId: string, mayOpen = true): Channel | undefined {
    const recipient = state.people.get(personId);
    const known = directs.get(personId);
    if (!recipient || known || !mayOpen) return known;
    const opened = addChannel({ id: state.newId(), guildId: null, name: '', ageRestricted: false, recipient });
    directs.set(personId, opened);
    return opened;
  }

  function publicMessages(channel: Channel): SeenMessage[] {
    const shown = channel.messages.filter(
      (message) => !message.deleted && (message.flags & MessageFlag.ephemeral) === 0,
    );
    return shown.map((message) => readMessage(messageWire(state, message)));
  }

  function defaultChannel(): Channel {
    const first = [...state.channels.values()].find((channel) => channel.guildId !== null);
    return first ?? (state.channels.get(guildChannel().id) as Channel);
  }

  function guildChannel(
    options: { id?: string; guildId?: string; name?: string; ageRestricted?: boolean; refusal?: ChannelRefusal } = {},
  ): ChannelHandle {
    const guildId = options.guildId ?? state.guilds[0]?.id ?? state.newId();
    if (!state.guilds.some((guild) => guild.id === guildId)) state.guilds.push({ id: guildId, name: 'A server' });
    const channel = addChannel({
      id: options.id ?? state.newId(),
      guildId,
      name: options.name ?? 'pictures',
      ageRestricted: options.ageRestricted ?? false,
      recipient: null,
    });
    channel.refusal = options.refusal ?? null;
    return {
      id: channel.id,
      guildId,
      get messages() {
        return publicMessages(channel);
      },
      refuse(code) {
        channel.refusal = code;
      },
      waitFor: (predicate, timeout = 5_000) =>
        state.signal.until(() => publicMessages(channel).find(predicate), { timeout, what: 'No such message came' }),
    };
  }

  return {
    directChannel,
    /** A text channel of the bot's guild, or of another one with `guildId`. */
    guildChannel,
    /** Somebody with an account; acts in the first guild channel unless a place is named. */
    user(options: { id?: string; username?: string; locale?: string; permissions?: bigint } = {}) {
      const id = options.id ?? state.newId();
      const person: Person = {
        id,
        username: options.username ?? `person${state.people.size + 1}`,
        locale: options.locale ?? 'en-US',
        permissions: options.permissions ?? MEMBER_PERMISSIONS,
        refusesDirectMessages: false,
      };
      state.people.set(id, person);
      return createPerson({
        state,
        person,
        deliver,
        defaultChannel,
        directChannel: () => directChannel(id) as Channel,
      });
    },
  };
}
