import { storeFile } from '../model/messages.ts';
import type { State, Wire } from '../model/state.ts';
import { channelWire, fileUrl, memberWire, userWire } from '../model/wire.ts';
import { OptionType } from '../rest/check-options.ts';
import type { OptionFile, OptionValue } from './command-input.ts';

/** What the ids among a command's options stand for. */
export type Resolved = { users?: Wire; members?: Wire; channels?: Wire; attachments?: Wire };

/** Files of options are kept apart from those of messages, under this instead of a channel's id. */
export const UPLOADS = 'ephemeral-attachments';

/** The value that travels for an option; what its id stands for is added to `resolved`. */
export function resolveOption(
  state: State,
  resolved: Resolved,
  option: Wire,
  value: OptionValue,
): string | number | boolean {
  if (typeof value !== 'object') return value;
  if (option.type === OptionType.attachment) return resolveFile(state, resolved, value as OptionFile);
  const { id } = value as { id: string };
  const person = state.people.get(id);
  const channel = state.channels.get(id);
  if (person) {
    resolved.users = { ...resolved.users, [id]: userWire(person) };
    const { user: _user, deaf: _deaf, mute: _mute, ...member } = memberWire(person);
    resolved.members = { ...resolved.members, [id]: member };
  } else if (channel) {
    resolved.channels = { ...resolved.channels, [id]: { ...channelWire(channel), permissions: '0' } };
  }
  return id;
}

function resolveFile(state: State, resolved: Resolved, file: OptionFile): string {
  const stored = storeFile(state, { index: '0', ...file, width: undefined, height: undefined });
  state.uploads.set(stored.id, stored);
  const url = fileUrl(state, UPLOADS, stored);
  resolved.attachments = {
    ...resolved.attachments,
    [stored.id]: {
      id: stored.id,
      filename: stored.filename,
      size: stored.bytes.byteLength,
      url,
      proxy_url: url,
      content_type: stored.contentType,
      ephemeral: true,
    },
  };
  return stored.id;
}
