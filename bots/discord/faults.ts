import { DiscordAPIError, HTTPError, RateLimitError } from 'discord.js';

/**
 * Why a call to Discord failed. Made of numbers only: discord.js puts addresses with reply tokens and
 * whole request bodies into its errors, and those must reach no log.
 */
export type Fault = {
  /** HTTP status; null when no answer came. */
  status: number | null;
  /** Discord's own code, as in its table of JSON error codes. */
  code: number | null;
  retryAfterMs: number | null;
};

/** Codes that decide something; the names are Discord's. */
export const faultCodes = {
  unknownInteraction: 10062,
  openingTooManyChats: 40003,
  requestTooLarge: 40005,
  alreadyAcknowledged: 40060,
  invalidWebhookToken: 50027,
} as const;

export function readFault(error: unknown): Fault {
  if (error instanceof DiscordAPIError) return { status: error.status, code: Number(error.code), retryAfterMs: null };
  if (error instanceof HTTPError) return { status: error.status, code: null, retryAfterMs: null };
  if (error instanceof RateLimitError)
    return { status: 429, code: null, retryAfterMs: Math.max(error.retryAfter, error.timeToReset) };
  return { status: null, code: null, retryAfterMs: null };
}

/** Discord answered, and will answer the same to the same request. A bot token that is refused is the operator's to cure. */
export function isRefusal({ status, code }: Fault): boolean {
  if (status === 401) return code === faultCodes.invalidWebhookToken;
  // Begun too many private chats in a short time: a refusal by its status only.
  if (code === faultCodes.openingTooManyChats) return false;
  return status !== null && status >= 400 && status < 500 && status !== 429;
}

/** The request may work when sent again: no answer, or trouble on Discord's side. */
export function isPassing({ status }: Fault): boolean {
  return status === null || status >= 500;
}

/** For logs and the delivery table. */
export function describeFault({ status, code }: Fault): string {
  if (status === null) return 'Discord did not answer';
  return `Discord answered ${status}${code ? ` (${code})` : ''}`;
}
