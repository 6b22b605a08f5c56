import type { Interaction, State, Wire } from '../model/state.ts';
import { channelWire, memberWire, messageWire, userWire } from '../model/wire.ts';

/** View channel, send messages, embed links, attach files, read history and use external emoji. */
const BOT_PERMISSIONS = '379968';
const ATTACHMENT_LIMIT = 10 * 1024 * 1024;

/** An interaction as Discord sends it, over the gateway or to the endpoint. */
export function interactionWire(state: State, interaction: Interaction, data: Wire): Wire {
  const { channel, person, source } = interaction;
  const guildId = channel.guildId;
  return {
    id: interaction.id,
    application_id: state.applicationId,
    type: interaction.kind,
    token: interaction.token,
    version: 1,
    data,
    channel_id: channel.id,
    channel:
      guildId === null ? channelWire(channel) : { ...channelWire(channel), permissions: String(person.permissions) },
    ...(guildId === null
      ? { user: userWire(person) }
      : {
          guild_id: guildId,
          guild: { id: guildId, locale: 'en-US', features: [] },
          guild_locale: 'en-US',
          member: memberWire(person),
        }),
    locale: person.locale,
    app_permissions: BOT_PERMISSIONS,
    entitlements: [],
    authorizing_integration_owners: { '0': guildId ?? '0' },
    context: guildId === null ? 1 : 0,
    attachment_size_limit: ATTACHMENT_LIMIT,
    ...(source && { message: messageWire(state, source) }),
  };
}
