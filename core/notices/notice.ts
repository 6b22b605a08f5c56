import type { Platform } from '@prisma/client';
import type { ReplyTo } from '../generations/write.ts';
import type { Values } from '../words/words.ts';

/** What can be told, by the key of its words under `notices`, and what the words name. */
export type NoticeValues = {
  /** A plan was paid; `renews`: when it is charged again. */
  payment_in: { plan: string; renews: Date };
  /** Images were bought; `balance`: all top-ups that are left now. */
  pack_in: { count: number; balance: number };
  /** An operator gave images; `balance`: all extra images that are left now. */
  images_given: { count: number; balance: number };
  plan_ending: { plan: string; ends: Date };
  /** `now`: the plan that the account has instead. */
  plan_ended: { plan: string; now: string };
  /** `until`: how long the plan stays although it was not paid. */
  payment_failed: { plan: string; until: Date };
  /** `count`: images of the new month. */
  month_begun: { count: number };
  /** Operators took a picture out of everyone's sight, brought it back, left it hidden after an appeal, deleted it. */
  image_hidden: { ref: string; reason: string };
  image_back: { ref: string };
  appeal_refused: { ref: string; reason: string };
  image_removed: { ref: string; reason: string };
  /** A rule of the operators' put other words into a prompt. */
  words_replaced: { ref: string };
  /** An operator's own words, shown as plain text. */
  broadcast: { text: string };
};
export type NoticeKey = keyof NoticeValues;

/** A message that no command asked for. */
export type NewNotice = {
  [K in NoticeKey]: {
    accountId: string;
    /** What it is about, up to 200 characters, `payment:in_123`: under the same subject nothing is told twice, ever. */
    subject: string;
    key: K;
    values: NoticeValues[K];
    /** The chat to tell, as its surface wrote it; without, where the member used Easel last. */
    replyTo?: ReplyTo | null;
    /** Without: the language of that chat, else of the account. */
    locale?: string;
  };
}[NoticeKey];

/** A notice on its way. */
export type PendingNotice = {
  id: string;
  platform: Platform;
  /** The platform's id of the person. */
  platformUserId: string;
  replyTo: ReplyTo | null;
  locale: string;
  key: NoticeKey;
  values: Values;
};

const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** Dates have become text in Postgres. */
export function readValues(values: unknown): Values {
  return Object.fromEntries(
    Object.entries(values as Values).map(([name, value]) => [
      name,
      typeof value === 'string' && instant.test(value) ? new Date(value) : value,
    ]),
  );
}
