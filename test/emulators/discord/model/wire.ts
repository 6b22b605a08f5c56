import type { Channel, Message, Person, State, StoredFile, Wire } from './state.ts';
import { MessageFlag } from './state.ts';

/** A person as Discord describes one. */
export function userWire(person: { id: string; username: string }, bot = false): Wire {
  return {
    id: person.id,
    username: person.username,
    global_name: bot ? null : person.username,
    avatar: null,
    discriminator: bot ? '0001' : '0',
    public_flags: 0,
    flags: 0,
    bot,
    system: false,
    banner: null,
    accent_color: null,
    avatar_decoration_data: null,
    primary_guild: null,
  };
}

/** The bot's own user. */
export function botWire(state: State): Wire {
  return userWire({ id: state.applicationId, username: state.botName }, true);
}

/** A guild member of a person, with the permissions in the channel of an interaction. */
export function memberWire(person: Person): Wire {
  return {
    user: userWire(person),
    nick: null,
    avatar: null,
    banner: null,
    roles: [],
    joined_at: '2024-01-01T00:00:00.000000+00:00',
    premium_since: null,
    communication_disabled_until: null,
    deaf: false,
    mute: false,
    pending: false,
    flags: 0,
    permissions: String(person.permissions),
  };
}

/** A guild text channel or a direct-message channel. */
export function channelWire(channel: Channel): Wire {
  const last = channel.messages.findLast((message) => !message.deleted)?.id ?? null;
  if (channel.recipient) {
    return { id: channel.id, type: 1, last_message_id: last, flags: 0, recipients: [userWire(channel.recipient)] };
  }
  return {
    id: channel.id,
    type: 0,
    guild_id: channel.guildId,
    name: channel.name,
    topic: null,
    position: 0,
    permission_overwrites: [],
    nsfw: channel.ageRestricted,
    rate_limit_per_user: 0,
    parent_id: null,
    last_message_id: last,
    flags: 0,
  };
}

/** A message as the bot and clients get it; files that an embed shows are not listed a second time. */
export function messageWire(state: State, message: Message): Wire {
  const used = new Set<StoredFile>();
  const embeds = message.embeds.map((embed) => showFiles(state, message, embed, used));
  const interaction = message.interaction;
  return {
    id: message.id,
    type: message.type,
    channel_id: message.channel.id,
    author: botWire(state),
    content: message.content,
    timestamp: new Date(message.createdAt).toISOString(),
    edited_timestamp: message.editedAt === null ? null : new Date(message.editedAt).toISOString(),
    tts: false,
    pinned: false,
    mention_everyone: false,
    mentions: [],
    mention_roles: [],
    attachments: message.files.filter((file) => !used.has(file)).map((file) => fileWire(state, message, file)),
    embeds,
    components: message.components,
    flags: message.flags,
    ...(message.nonce === undefined ? {} : { nonce: message.nonce }),
    ...(interaction && {
      webhook_id: state.applicationId,
      application_id: state.applicationId,
      interaction_metadata: {
        id: interaction.id,
        type: interaction.kind,
        user: userWire(interaction.person),
        authorizing_integration_owners: { '0': message.channel.guildId ?? '0' },
        ...(interaction.kind === 2 && { name: interaction.name, command_type: 1 }),
        ...(interaction.source && { interacted_message_id: interaction.source.id }),
      },
    }),
  };
}

/** Where the bytes of a file are served, with the expiry that the content network's links carry. */
export function fileUrl(state: State, channelId: string, file: StoredFile): string {
  const expires = Math.floor(state.clock.now() / 1000) + 24 * 3600;
  const issued = expires - 24 * 3600;
  const path = `/attachments/${channelId}/${file.id}/${encodeURIComponent(file.filename)}`;
  return `${state.baseUrl}${path}?ex=${expires.toString(16)}&is=${issued.toString(16)}`;
}

function fileWire(state: State, message: Message, file: StoredFile): Wire {
  const url = fileUrl(state, message.channel.id, file);
  return {
    id: file.id,
    filename: file.filename,
    size: file.bytes.byteLength,
    url,
    proxy_url: url,
    content_type: file.contentType,
    ...(file.description === undefined ? {} : { description: file.description }),
    ...(file.width === undefined ? {} : { width: file.width, height: file.height }),
    ...((message.flags & MessageFlag.ephemeral) !== 0 && { ephemeral: true }),
  };
}

function showFiles(state: State, message: Message, embed: Wire, used: Set<StoredFile>): Wire {
  const shown: Wire = { type: 'rich', ...embed };
  for (const part of ['image', 'thumbnail'] as const) {
    const url = (embed[part] as Wire | undefined)?.url;
    if (typeof url !== 'string' || !url.startsWith('attachment://')) continue;
    const file = message.files.find((each) => each.filename === url.slice('attachment://'.length));
    if (!file) continue;
    used.add(file);
    const address = fileUrl(state, message.channel.id, file);
    shown[part] = { url: address, proxy_url: address, width: file.width, height: file.height };
  }
  return shown;
}
