import { z } from 'zod';
import type { ActionButton, Button, LinkButton, Reply } from '../chat.ts';
import { parseHtml } from '../html.ts';

const imageSchema = z.object({
  id: z.string(),
  fileName: z.string(),
  width: z.number(),
  height: z.number(),
  placeholder: z.string(),
  alt: z.string(),
});

const actionButtonSchema = z.object({
  action: z.custom<ActionButton['action']>((value) => typeof value === 'string'),
  id: z.string(),
  style: z.enum(['primary', 'secondary', 'danger']),
  values: z.record(z.string(), z.string()).optional(),
});
const linkButtonSchema = z.object({
  href: z.string(),
  label: z.custom<LinkButton['label']>((value) => typeof value === 'string'),
});
const buttonSchema = z.union([actionButtonSchema, linkButtonSchema]);

/** What a line of the conversation says, as it is kept. Labels and signatures of buttons are made when it is shown. */
const contentSchema = z.union([
  z.object({ text: z.string() }),
  z.object({
    html: z.string().refine(isTinyHtml),
    images: z.array(imageSchema).default([]),
    buttons: z.array(z.array(buttonSchema)).default([]),
    /** A generation is under way; its result takes this line's place. */
    running: z.boolean().default(false),
    /** 0 … 1, null while unknown. */
    progress: z.number().nullable().default(null),
  }),
]);

export type LineImage = z.infer<typeof imageSchema>;
export type LineContent = z.infer<typeof contentSchema>;
export type BotContent = Extract<LineContent, { html: string }>;
/** A row of the conversation. */
export type StoredLine = { id: string; fromBot: boolean; content: unknown; createdAt: Date; updatedAt: Date };

/** Null when it was written by a version that we don't understand. */
export function readContent(content: unknown): LineContent | null {
  return contentSchema.safeParse(content).data ?? null;
}

/** A line that can't be shown must not take the whole conversation with it. */
function isTinyHtml(text: string): boolean {
  try {
    parseHtml(text);
    return true;
  } catch {
    return false;
  }
}

/** Hides the secret of a reply, and what was typed into a secret option. */
export const mask = '••••••';

/** What of a reply is kept; its secret is masked. */
export function contentOfReply(reply: Reply): BotContent {
  const { secret } = reply;
  const shown = contentShownOnce(reply);
  if (!secret) return shown;
  const isSecret = (button: Button) => 'href' in button && button.href === secret;
  return {
    ...shown,
    html: reply.html.replaceAll(secret, mask),
    buttons: shown.buttons.map((row) => row.filter((button) => !isSecret(button))).filter((row) => row.length > 0),
  };
}

/** All of a reply, for its asker alone and nowhere kept. */
export function contentShownOnce(reply: Reply): BotContent {
  return {
    html: reply.html,
    images: (reply.images ?? []).map(({ id, fileName, width, height, placeholder, alt }) => {
      return { id, fileName, width, height, placeholder, alt };
    }),
    buttons: (reply.buttons ?? []).map((row) => [...row]),
    running: reply.follow !== undefined,
    progress: reply.progress ?? null,
  };
}
