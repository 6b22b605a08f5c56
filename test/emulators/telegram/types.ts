import type { InlineButton } from './keyboard.ts';
import type { Limits } from './limits.ts';
import type { Entity } from './text.ts';

/** How the emulator is set up; everything has a default. */
export interface TelegramOptions {
  /** The one token that is accepted. */
  token?: string;
  /** The bot's user name, without `@`. */
  username?: string;
  /** 0 picks a free port. */
  port?: number;
  limits?: Partial<Limits>;
  /** Accept `http://` and loopback webhooks, as a local Bot API server does. */
  allowHttpWebhooks?: boolean;
  /** Public names (`host` or `host:port`) and the loopback origin that stands for each, as DNS would. Nothing else is ever reached. */
  hosts?: Record<string, string>;
  /** How long a button press may be answered, in milliseconds. */
  callbackLifetime?: number;
  /** First step of the webhook retry backoff, in milliseconds; the service's is 1,000. */
  webhookRetryStep?: number;
  /** See every message in groups (privacy mode off). */
  readsAllGroupMessages?: boolean;
}

/** One call the bot made, in the order of arrival. */
export interface RecordedCall {
  method: string;
  /** Parameters as sent; those that hold JSON are parsed. */
  body: Record<string, unknown>;
  files: { field: string; name: string; type: string; size: number }[];
  encoding: 'json' | 'form' | 'multipart' | 'query';
  via: 'http' | 'webhook reply';
  /** HTTP status answered; 0 when the connection was cut or is still open. */
  status: number;
  description?: string;
  /** Arrival, in milliseconds since the epoch. */
  at: number;
}

/** A call made although the bot had been told to wait. */
export interface Violation {
  method: string;
  chat: number | 'all chats';
  at: number;
  /** Milliseconds that were left to wait. */
  early: number;
}

/** A Telegram account of a person. */
export interface UserProfile {
  id: number;
  first_name: string;
  username?: string;
  language_code?: string;
}

/** A picture: the bytes its sender gave, and the size Telegram shows it in (at most 1,280 a side). */
export interface SeenPhoto {
  bytes: Buffer;
  width: number;
  height: number;
}

/** A file as people see it. */
export interface SeenDocument {
  bytes: Buffer;
  name: string;
  type: string;
}

/** A message as people see it, frozen at one moment. */
export interface SeenMessage {
  id: number;
  chatId: number;
  /** User id of the sender. */
  from: number;
  fromBot: boolean;
  /** Plain text, or the caption of a photo or file. */
  text: string;
  /** The same with its formatting. */
  html: string;
  entities: Entity[];
  photo: SeenPhoto | undefined;
  document: SeenDocument | undefined;
  keyboard: InlineButton[][];
  replyTo: number | undefined;
  albumId: string | undefined;
  /** Earlier states, oldest first. */
  edits: SeenMessage[];
}

/** What a button press showed. */
export interface CallbackAnswer {
  text: string | undefined;
  alert: boolean;
  url: string | undefined;
}

/** An update as the bot receives it. */
export type Update = { update_id: number } & Record<string, unknown>;

type Predicate = (message: SeenMessage) => boolean;

/** A chat as its people see it. */
export interface ChatHandle {
  id: number;
  /** What is in the chat now. */
  readonly messages: SeenMessage[];
  /** Ids of messages that were deleted. */
  readonly deleted: number[];
  /** Chat actions (`typing`, `upload_photo`) in order. */
  readonly actions: string[];
  /** The bot's next message after the last one returned here, as it was posted; waits up to `timeout` ms (5,000). */
  nextMessage(predicate?: Predicate, options?: { timeout?: number }): Promise<SeenMessage>;
  /** The first state after the one given that matches; waits up to `timeout` ms (5,000). */
  nextEdit(message: SeenMessage, predicate?: Predicate, options?: { timeout?: number }): Promise<SeenMessage>;
}

/** A group; the bot is a member. */
export interface GroupHandle extends ChatHandle {
  /** The group's people throw the bot out. */
  removeBot(): void;
}

/** A person at their phone. */
export interface PersonHandle extends UserProfile {
  send(chat: ChatHandle, text: string, options?: { replyTo?: SeenMessage }): Promise<SeenMessage>;
  sendPhoto(chat: ChatHandle, bytes: Buffer, options?: { caption?: string }): Promise<SeenMessage>;
  /** Presses the button with this text; `answer` settles when the bot answers the press, and fails when it does not in time. */
  press(message: SeenMessage, buttonText: string): Promise<{ id: string; answer: Promise<CallbackAnswer> }>;
  block(): void;
  unblock(): void;
}

/** The next call of `method` (any but getUpdates when absent) goes wrong this way. */
export interface Fault {
  method?: string;
  /** Answer this status instead of doing the call. */
  status?: number;
  description?: string;
  /** Answer 429 with this many seconds. */
  retryAfter?: number;
  /** Cut the connection, before doing the call or after having done it. */
  reset?: 'before' | 'after';
  /** Milliseconds to hold the call before anything else. */
  delay?: number;
  /** How many calls it hits; 1. */
  times?: number;
}

/** A running stand-in for the Bot API. */
export interface TelegramEmulator {
  /** For `telegram: {apiRoot}`. */
  url: string;
  token: string;
  bot: { id: number; username: string };
  calls: RecordedCall[];
  /** Calls made too early, after a 429 said how long to wait. */
  violations: Violation[];
  /** Every update made, in order. */
  updates: Update[];
  /** Waits until the bot has made `count` calls of a method, and gives them. */
  waitForCalls(method: string, count?: number, options?: { timeout?: number }): Promise<RecordedCall[]>;
  user(profile: UserProfile): PersonHandle;
  privateChat(user: UserProfile): ChatHandle;
  group(title: string, members: UserProfile[]): GroupHandle;
  failNext(fault: Fault): void;
  /** Sends an update again with the id it had. */
  redeliver(update: Update): void;
  /** Lets every open button press grow too old to be answered. */
  expireCallbacks(): void;
  /** The commands a menu shows for a scope and language, as the bot set them. */
  commands(scope?: Record<string, unknown>, languageCode?: string): { command: string; description: string }[];
  close(): Promise<void>;
}
