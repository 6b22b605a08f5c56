import type { Message, Person, State, Wire } from '../model/state.ts';
import { MessageFlag } from '../model/state.ts';
import { messageWire } from '../model/wire.ts';

type SeenButton = {
  label: string;
  customId: string | undefined;
  url: string | undefined;
  style: number;
  disabled: boolean;
};

type SeenFile = {
  url: string;
  filename: string;
  description: string | undefined;
  contentType: string;
  size: number;
};

/** A message as a person reads it, at one moment. */
export type SeenMessage = {
  id: string;
  channelId: string;
  content: string;
  embeds: Wire[];
  buttons: SeenButton[];
  attachments: SeenFile[];
  /** Addresses of every picture shown, attached or in an embed. */
  pictures: string[];
  ephemeral: boolean;
  /** "… is thinking": a deferred reply that is still to come. */
  loading: boolean;
  edited: boolean;
  wire: Wire;
};

/** Reads a message of the wire as a person would. */
export function readMessage(wire: Wire): SeenMessage {
  const flags = wire.flags as number;
  const embeds = wire.embeds as Wire[];
  const attachments = (wire.attachments as Wire[]).map((file) => ({
    url: String(file.url),
    filename: String(file.filename),
    description: file.description as string | undefined,
    contentType: String(file.content_type),
    size: Number(file.size),
  }));
  const embedded = embeds
    .map((embed) => (embed.image as Wire | undefined)?.url)
    .filter((url) => typeof url === 'string');
  return {
    id: String(wire.id),
    channelId: String(wire.channel_id),
    content: String(wire.content),
    embeds,
    buttons: readButtons(wire.components as Wire[]),
    attachments,
    pictures: [
      ...attachments.filter((file) => file.contentType.startsWith('image/')).map((file) => file.url),
      ...embedded,
    ],
    ephemeral: (flags & MessageFlag.ephemeral) !== 0,
    loading: (flags & MessageFlag.loading) !== 0,
    edited: wire.edited_timestamp !== null,
    wire,
  };
}

/** Whether a message is on a person's screen: ephemeral ones only on that of the person they answer. */
export function isVisibleTo(message: Message, person: Person): boolean {
  if (message.deleted) return false;
  if ((message.flags & MessageFlag.ephemeral) !== 0) return message.interaction?.person === person;
  return message.channel.recipient === null || message.channel.recipient === person;
}

/** What a person sees in a channel, oldest first. */
export function seenBy(state: State, messages: Message[], person: Person): SeenMessage[] {
  return messages
    .filter((message) => isVisibleTo(message, person))
    .map((message) => readMessage(messageWire(state, message)));
}

function readButtons(rows: Wire[]): SeenButton[] {
  const children = rows.flatMap((row) => (row.components ?? []) as Wire[]);
  return children
    .filter((child) => child.type === 2)
    .map((child) => ({
      label: [(child.emoji as Wire | undefined)?.name, child.label].filter(Boolean).join(' '),
      customId: child.custom_id as string | undefined,
      url: child.url as string | undefined,
      style: Number(child.style),
      disabled: child.disabled === true,
    }));
}
