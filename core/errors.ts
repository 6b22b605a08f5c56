import type { Receipt } from './quotas/receipt.ts';

/**
 * Every refusal Easel gives, with its HTTP status. The words for people stand in `core/words` under
 * `errors.<code>`; the code itself is part of the API and never changes its meaning.
 */
export const errorCodes = {
  invalid_input: 400,
  missing_option: 400,
  unknown_command: 404,
  unknown_option: 400,
  unknown_field: 400,
  idempotency_mismatch: 422,
  idempotency_in_flight: 409,
  link_invalid: 403,
  unknown_choice: 400,
  negative_unsupported: 400,
  image_unsupported: 400,
  image_unreadable: 400,
  image_too_large: 413,
  image_url_refused: 400,
  image_url_failed: 400,
  upload_limit: 429,
  model_not_found: 404,
  mask_unsupported: 400,
  moderation_blocked: 400,
  generation_cancelled: 409,
  generation_failed: 502,
  generation_unfinished: 504,
  prompt_missing: 400,
  prompt_too_long: 400,
  prompt_unreadable: 400,
  prompt_refused: 400,
  prompt_blocked: 400,
  pattern_refused: 400,
  image_hidden: 451,
  report_limit: 429,
  appeal_decided: 409,
  not_linked: 401,
  invalid_email: 400,
  code_wrong: 400,
  code_missing: 400,
  code_limit: 429,
  already_linked: 409,
  last_identity: 409,
  account_suspended: 403,
  key_missing: 401,
  key_invalid: 401,
  key_revoked: 401,
  key_expired: 401,
  key_misplaced: 400,
  key_limit: 409,
  key_made_before: 409,
  key_unknown: 404,
  key_ambiguous: 409,
  scope_missing: 403,
  quota_exceeded: 429,
  quota_unavailable: 503,
  not_found: 404,
  nothing_running: 404,
  already_ended: 409,
  button_invalid: 400,
  unavailable: 503,
  payload_too_large: 413,
  unsupported_media_type: 415,
  cross_site: 403,
  sign_in_required: 401,
  sign_in_failed: 401,
  too_many_attempts: 429,
  second_factor_wrong: 401,
  recovery_code_wrong: 401,
  second_factor_required: 403,
  second_factor_exists: 409,
  password_wrong: 403,
  password_length: 400,
  password_repeated: 400,
  last_owner: 409,
  nothing_to_do: 409,
  deed_in_hand: 409,
  work_in_hand: 409,
  subscription_live: 409,
  both_subscribed: 409,
  same_account: 409,
  account_unknown: 404,
  confirm_wrong: 400,
  staff_stays: 409,
  mail_failed: 503,
  forbidden: 403,
  method_not_allowed: 405,
  /** An operator has stopped it for now. */
  paused: 503,
  sales_off: 503,
  not_for_sale: 404,
  price_missing: 503,
  already_subscribed: 409,
  nothing_bought: 409,
  payment_unavailable: 503,
  event_refused: 400,
  endpoint_limit: 409,
  endpoint_disabled: 409,
  internal: 500,
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** Values put into the words of an error. User text in them is escaped by whoever renders it. */
export type ErrorValues = Record<string, string | number>;

/**
 * An expected refusal. Translated to words and status at three edges only: HTTP, dispatch, worker.
 * `receipt` says which limit was met and what would help.
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly values: ErrorValues;
  readonly receipt: Receipt | null;
  constructor(code: ErrorCode, values: ErrorValues = {}, options: { receipt?: Receipt; cause?: unknown } = {}) {
    super(code, { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.values = values;
    this.receipt = options.receipt ?? null;
  }
  get status(): number {
    return errorCodes[this.code];
  }
}
