/** What an endpoint can be told of: the ends of a generation. */
const generationEvents = [
  'generation.succeeded',
  'generation.failed',
  'generation.cancelled',
  'generation.moderated',
] as const;

/** What `events` of an endpoint may name; `*` stands for all, also those to come. */
export const subscribableEvents = ['*', ...generationEvents] as const;

/** Sent on request only, to try an endpoint. */
export const pingEvent = 'ping';
