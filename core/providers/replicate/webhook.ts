import { Webhook } from 'standardwebhooks';
import type { z } from 'zod';
import { predictionSchema } from './prediction.ts';

const messageSchema = predictionSchema.pick({ id: true, status: true });

/**
 * A webhook from Replicate that is genuine and at most five minutes old (or ahead). The body only says
 * which prediction to look at: its outputs are read from the API, not from here.
 *
 * @param options.secret `whsec_…`
 * @param options.rawBody the bytes as they came; parsed and printed again they no longer match
 * @throws Error for a message that is forged, stale or not a prediction; answer 401 and nothing more
 */
export function readReplicateWebhook(options: {
  secret: string;
  headers: Record<string, string | string[] | undefined>;
  rawBody: string | Buffer;
}): z.infer<typeof messageSchema> {
  const headers = Object.fromEntries(
    Object.entries(options.headers).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
  // The vendor's own check accepts signatures of any age, so a captured message could be replayed.
  const message = new Webhook(options.secret).verify(options.rawBody, headers);
  const read = messageSchema.safeParse(message);
  if (!read.success) throw new Error('the webhook is signed but is not about a prediction');
  return read.data;
}
