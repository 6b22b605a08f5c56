import type { UploadedFile } from '../rest/body.ts';
import type { Channel, Interaction, Message, State, StoredFile, Wire } from './state.ts';
import { MessageFlag } from './state.ts';
import { messageWire } from './wire.ts';

/** What a checked message body changes; an absent field leaves things as they are. */
export type MessageChange = {
  content?: string | null;
  embeds?: Wire[] | null;
  components?: Wire[] | null;
  attachments?: Wire[] | null;
  files: UploadedFile[];
};

type NewMessage = MessageChange & {
  channel: Channel;
  type: number;
  flags: number;
  nonce?: string | undefined;
  interaction: Interaction | null;
  followUp?: boolean;
};

/** Writes a message into its channel and into the story of its interaction. */
export function createMessage(state: State, input: NewMessage): Message {
  const message: Message = {
    id: state.newId(),
    type: input.type,
    channel: input.channel,
    content: '',
    embeds: [],
    components: [],
    files: [],
    flags: input.flags,
    createdAt: state.clock.now(),
    editedAt: null,
    nonce: input.nonce,
    interaction: input.interaction,
    deleted: false,
  };
  applyChange(state, message, input);
  input.channel.messages.push(message);
  record(state, message, 'created', input.interaction, input.followUp ?? false);
  return message;
}

/**
 * Changes a message. `by` is the interaction whose token was used, when that is another than the message's own.
 * Filling in a deferred reply takes its loading flag away and does not count as an edit for the reader.
 */
export function editMessage(state: State, message: Message, change: MessageChange, by?: Interaction): void {
  const wasLoading = (message.flags & MessageFlag.loading) !== 0;
  message.flags &= ~MessageFlag.loading;
  applyChange(state, message, change);
  if (!wasLoading) message.editedAt = state.clock.now();
  const followUp = message.interaction !== null && message.interaction.original !== message;
  record(state, message, 'edited', message.interaction, followUp);
  if (by && by !== message.interaction) record(state, message, 'edited', by, false);
}

/** Deletes a message for everyone. */
export function deleteMessage(state: State, message: Message): void {
  message.deleted = true;
  record(state, message, 'deleted', message.interaction, false);
}

/** A message that still exists in a channel, or undefined. */
export function findMessage(channel: Channel, id: string): Message | undefined {
  return channel.messages.find((message) => message.id === id && !message.deleted);
}

/** Keeps one uploaded file under a new id; names lose the characters that Discord strips. */
export function storeFile(state: State, file: UploadedFile, listed?: Wire): StoredFile {
  const wanted = typeof listed?.filename === 'string' ? listed.filename : file.filename;
  return {
    id: state.newId(),
    filename: wanted.replace(/\s+/g, '_').replace(/[^\w.()-]/g, ''),
    description: typeof listed?.description === 'string' ? listed.description : undefined,
    contentType: file.contentType,
    bytes: file.bytes,
    width: file.width,
    height: file.height,
  };
}

function applyChange(state: State, message: Message, change: MessageChange): void {
  if (change.content !== undefined) message.content = change.content ?? '';
  if (change.embeds !== undefined) message.embeds = change.embeds ?? [];
  if (change.components !== undefined) message.components = withIds(change.components ?? []);
  message.files = nextFiles(state, message, change);
}

/** Without an `attachments` list old files stay and new ones are added; with one, it names what stays. */
function nextFiles(state: State, message: Message, change: MessageChange): StoredFile[] {
  const { attachments, files } = change;
  if (attachments === undefined) return [...message.files, ...files.map((file) => storeFile(state, file))];
  return (attachments ?? []).flatMap((listed) => {
    const id = String(listed.id);
    const kept = message.files.find((file) => file.id === id);
    if (kept) return [kept];
    const uploaded = files.find((file) => file.index === id);
    return uploaded ? [storeFile(state, uploaded, listed)] : [];
  });
}

/** Discord numbers every component of a message that comes without an id. */
function withIds(rows: Wire[]): Wire[] {
  let next = 1;
  const number = (component: Wire): Wire => {
    const id = component.id ?? next;
    next += 1;
    const children = component.components;
    return { ...component, id, ...(Array.isArray(children) && { components: children.map(number) }) };
  };
  return rows.map(number);
}

function record(
  state: State,
  message: Message,
  kind: 'created' | 'edited' | 'deleted',
  interaction: Interaction | null,
  followUp: boolean,
): void {
  interaction?.log.push({ kind, message, wire: messageWire(state, message), followUp });
  state.signal.notify();
}
