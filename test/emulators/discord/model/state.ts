import type { Signal } from './signal.ts';

/** JSON as it travels to and from the bot. */
export type Wire = Record<string, unknown>;

/** The time of the emulated service, in milliseconds since 1970. */
export type Clock = { now(): number };

export type Person = {
  id: string;
  username: string;
  locale: string;
  /** Permission bits in guilds; the bot checks these through `member.permissions`. */
  permissions: bigint;
  refusesDirectMessages: boolean;
};

/** Why the bot may not use a channel: the code that Discord answers with. */
export type ChannelRefusal = 10003 | 50001 | 50013;

export type Channel = {
  id: string;
  /** null for a direct-message channel. */
  guildId: string | null;
  name: string;
  ageRestricted: boolean;
  /** The person of a direct-message channel. */
  recipient: Person | null;
  refusal: ChannelRefusal | null;
  messages: Message[];
};

export type StoredFile = {
  id: string;
  filename: string;
  description: string | undefined;
  contentType: string;
  bytes: Uint8Array;
  width: number | undefined;
  height: number | undefined;
};

export type Message = {
  id: string;
  type: number;
  channel: Channel;
  content: string;
  embeds: Wire[];
  components: Wire[];
  files: StoredFile[];
  flags: number;
  createdAt: number;
  editedAt: number | null;
  nonce: string | undefined;
  /** The interaction that this message answers, if any. */
  interaction: Interaction | null;
  deleted: boolean;
};

export type InteractionKind = 2 | 3 | 4 | 5;

/** What happened to an interaction's answers, in order; tests read along it. */
export type InteractionEntry =
  | { kind: 'acknowledged'; callback: number }
  | { kind: 'created' | 'edited' | 'deleted'; message: Message; wire: Wire; followUp: boolean };

export type Interaction = {
  id: string;
  token: string;
  kind: InteractionKind;
  name: string;
  person: Person;
  channel: Channel;
  createdAt: number;
  /** The message whose component was used. */
  source: Message | null;
  /** The type of the first response; null while unacknowledged. */
  callback: number | null;
  ephemeral: boolean;
  original: Message | null;
  choices: Wire[] | null;
  modal: Wire | null;
  expired: boolean;
  log: InteractionEntry[];
  /** Why the answer was thrown away, where Discord shows the person only "did not respond". */
  fault: string | null;
};

export type State = {
  applicationId: string;
  botName: string;
  baseUrl: string;
  guilds: { id: string; name: string }[];
  people: Map<string, Person>;
  channels: Map<string, Channel>;
  interactions: Map<string, Interaction>;
  commands: Wire[];
  /** The bot has begun more private chats than it may for now. */
  opensTooFast: boolean;
  /** Files that people attached to command options, by id. */
  uploads: Map<string, StoredFile>;
  clock: Clock;
  signal: Signal;
  newId(): string;
};

export const MessageFlag = { ephemeral: 64, loading: 128, componentsV2: 32_768 } as const;

/** Interaction tokens work for fifteen minutes; a first response is due within three seconds. */
export const TOKEN_LIFE_MS = 15 * 60_000;
export const FIRST_RESPONSE_MS = 3_000;
