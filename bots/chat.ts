/**
 * The chat port: what a command is, what a reply is, and what a surface (one chat platform) must do.
 * Nothing here knows a platform.
 */
import type { Account, Core, Platform, ReplyTo, Values } from '../core/index.ts';

/** One option of a command. Descriptions are words under `commands.<command>.options.<name>`. */
export type Option =
  /** `secret`: what is typed there is kept nowhere. */
  | { type: 'text'; name: string; required?: boolean; maxLength: number; suggest?: Suggest; secret?: true }
  | { type: 'integer'; name: string; required?: boolean; min: number; max: number }
  /** At most 25 fixed choices; labels are words under `choices.<label>.<value>` when `label` is given, else the value. */
  | { type: 'choice'; name: string; required?: boolean; label?: string; choices(core: Core): readonly string[] };

export type Suggestion = { value: string; label: string };
/** Completions for what was typed so far, at most 25. */
export type Suggest = (context: Context, typed: string) => Promise<Suggestion[]>;

type ValueOf<O extends Option> = O extends { type: 'integer' } ? number : string;
/** Validated input: required options are present, the others may be undefined. */
export type InputOf<O extends readonly Option[]> = {
  [K in O[number] as K['name']]: K extends { required: true } ? ValueOf<K> : ValueOf<K> | undefined;
};

/** Who asks, from where, and how to speak to them. */
export type Context = {
  core: Core;
  platform: Platform;
  /** The platform's id of the person. */
  userId: string;
  displayName: string;
  /** Null for someone who has not linked an email address. */
  account: Account | null;
  locale: string;
  /** Unique per incoming update of the platform; a redelivery carries the same one. */
  requestId: string;
  replyTo: ReplyTo;
  /** Words as tiny HTML, values escaped. */
  say(key: string, values?: Values): string;
};

export type Command<O extends readonly Option[] = readonly Option[]> = {
  /** `[a-z0-9_]{1,32}` */
  name: string;
  /** Answered to the asker alone. Refusals are private whatever this says. */
  private: boolean;
  options: O;
  run(context: Context, input: InputOf<O>): Promise<Reply>;
};

/** Types a command's input by its options. */
export function defineCommand<const O extends readonly Option[]>(command: Command<O>): Command {
  return command as unknown as Command;
}

/** What a press of a button does; `id` is the id that the button carries. */
export type Action = { name: ActionName; run(context: Context, id: string): Promise<Reply> };
export type ActionName = 'cancel' | 'again' | 'delete' | 'buy';

/** Does something; its label is the words `buttons.<action>`. `id`: a UUID, or a slug of at most 32 characters. */
export type ActionButton = {
  action: ActionName;
  id: string;
  style: 'primary' | 'secondary' | 'danger';
  values?: Readonly<Record<string, string>>;
};
/** Leads to a page on the web; its label is the words `buttons.<label>`. */
export type LinkButton = { href: string; label: 'pay' | 'portal' };
export type Button = ActionButton | LinkButton;
/** A button as a surface renders it: pressed, it sends `data` back, or it leads to `href`. */
export type ShownButton<B extends Button = Button> = B extends LinkButton
  ? { label: string; href: string }
  : { label: string; data: string };

export type ReplyImage = {
  id: string;
  fileName: string;
  contentType: string;
  width: number;
  height: number;
  /** Thumbhash, base64. */
  placeholder: string;
  /** Description for those who cannot see it, plain text. */
  alt: string;
  bytes(): Promise<Uint8Array>;
};

export type Reply = {
  /**
   * Tiny HTML: `b`, `i`, `code`, `a href`, `time datetime`, line breaks as \n. Everything that came
   * from people is already escaped. Surfaces translate it to their own markup by `parseHtml`.
   */
  html: string;
  images?: readonly ReplyImage[];
  buttons?: readonly (readonly Button[])[];
  /** How far a running generation is, 0 … 1; absent or null while unknown. */
  progress?: number | null;
  /**
   * A part of `html`, or the address of a link button, that is shown this once: a surface that keeps what was said keeps
   * it masked, or without that button.
   */
  secret?: string;
  /** Seen by the asker alone. */
  private: boolean;
  /**
   * How it answers a button: `message` (a new one, the default), `replace` (in place of the message
   * with the button), `notice` (a short private note, plain text of at most 200 characters).
   */
  mode?: 'message' | 'replace' | 'notice';
  /**
   * Id of a generation whose progress and result belong in this very message. Once it is sent, the
   * surface calls `core.generations.attachReply(id, replyTo)` with the message's whereabouts.
   */
  follow?: string;
};

/** What a surface hands to `dispatch`. */
export type Inbound = {
  platform: Platform;
  userId: string;
  displayName: string;
  /** As the platform gives it, `es-ES`, `en-US`, `de`. */
  locale: string;
  requestId: string;
  replyTo: ReplyTo;
  action:
    | { type: 'command'; name: string; input: Readonly<Record<string, unknown>> }
    | { type: 'button'; data: string };
};

export type Dispatch = {
  /** Runs a command or a button. Never throws: refusals and faults come back as private replies. */
  run(inbound: Inbound): Promise<Reply>;
  /** Completions for one option; empty when there are none or anything fails. */
  suggest(inbound: Omit<Inbound, 'action'>, command: string, option: string, typed: string): Promise<Suggestion[]>;
  /** Label, and signed data or address, of a button, for the surface to render. */
  button<B extends Button>(locale: string, button: B): ShownButton<B>;
  commands: readonly Command[];
};

/** How a result arrived. */
export type DeliveredVia = 'reply' | 'channel' | 'direct';

/** Someone to be told what no command of theirs asked for. */
export type Recipient = {
  /** The platform's id of the person. */
  userId: string;
  /** Where they last asked for something that this is about; null for the private chat. */
  replyTo: ReplyTo | null;
  locale: string;
};

/** A delivery that did not work: `unreachable` for good, else to be tried again, after `retryAfterMs` when told. */
export class DeliveryError extends Error {
  readonly unreachable: boolean;
  readonly retryAfterMs: number | null;
  constructor(message: string, options: { unreachable?: boolean; retryAfterMs?: number | null; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'DeliveryError';
    this.unreachable = options.unreachable ?? false;
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}

/** One chat platform. */
export type Surface = {
  platform: Platform;
  /** Registers the commands and begins to listen; resolves when listening. */
  start(): Promise<void>;
  /** Stops listening, waits for what is in hand. */
  stop(): Promise<void>;
  /**
   * Brings a result to where it was asked for, or to the next best place. May be called twice for
   * the same delivery (`key` is the same then) and must not show it twice. Throws DeliveryError.
   */
  deliver(replyTo: ReplyTo, reply: Reply, key: string): Promise<DeliveredVia>;
  /**
   * Tells someone in a new message that they alone see. May be called twice with the same `key` and
   * must not show it twice, as far as the platform lets that be known. Throws DeliveryError.
   */
  notify(to: Recipient, reply: Reply, key: string): Promise<DeliveredVia>;
  /** Shows where a running generation stands, in its message. Best effort: failures are dropped. */
  showProgress(replyTo: ReplyTo, reply: Reply): Promise<void>;
  /** Least milliseconds between two progress edits of one message that the platform likes. */
  progressEveryMs: number;
};
