/** What we read of Telegram's updates; the rest is left alone. */
export type IncomingUpdate = { update_id: number; message?: IncomingMessage; callback_query?: IncomingPress };

export type Sender = { id: number; is_bot: boolean; first_name: string; last_name?: string; language_code?: string };

export type IncomingMessage = {
  message_id: number;
  /** Absent in channels. */
  from?: Sender;
  /** An anonymous administrator's group, or a channel that someone writes as. */
  sender_chat?: { id: number };
  chat: { id: number; type: string };
  text?: string;
  photo?: unknown;
  document?: unknown;
  message_thread_id?: number;
  is_topic_message?: boolean;
};

export type IncomingPress = {
  id: string;
  from: Sender;
  /** Absent when the message is not ours or from an inline query. */
  message?: IncomingMessage;
  data?: string;
};
