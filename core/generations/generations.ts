import type { Account } from '../accounts/accounts.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { AppError } from '../errors.ts';
import type { Events } from '../events.ts';
import type { Log } from '../log.ts';
import { readReplicateWebhook } from '../providers/replicate/webhook.ts';
import type { Finish } from './finish.ts';
import { type createFollow, markOf } from './follow.ts';
import type { Idempotency } from './idempotency.ts';
import type { Previews } from './previews.ts';
import type { GenerationWithImages, Reader } from './read.ts';
import type { Accepted, createEstimate, createRequest, GenerationRequest } from './request.ts';
import type { ReplyTo } from './write.ts';

type Dependencies = {
  database: Database;
  reader: Reader;
  request: ReturnType<typeof createRequest>;
  estimate: ReturnType<typeof createEstimate>;
  follow: ReturnType<typeof createFollow>;
  idempotency: Idempotency;
  previews: Pick<Previews, 'read'>;
  finish: Finish;
  events: Events;
  /** `whsec_…`, or null when Replicate is not asked to call back. */
  webhookSecret: string | null;
  clock: Clock;
  log: Log;
};

/** What members and surfaces can do with generations. */
export function createGenerations({
  database,
  reader,
  request,
  estimate,
  follow,
  idempotency,
  previews,
  finish,
  events,
  webhookSecret,
  log,
}: Dependencies) {
  const { prisma } = database;

  /**
   * Asks for one to end. What was not sent yet ends at once and for free; what runs is cancelled at
   * the provider by its worker. Throws AppError `not_found`, `already_ended`.
   */
  async function cancel(accountId: string, idOrRef: string): Promise<GenerationWithImages> {
    const generation = await reader.get(accountId, idOrRef);
    if (generation.finishedAt) throw new AppError('already_ended', { ref: generation.ref });
    await prisma.generation.updateMany({
      where: { id: generation.id, finishedAt: null },
      data: { cancelRequested: true },
    });
    for (let tries = 0; tries < 3; tries++) {
      const current = await reader.get(accountId, generation.id);
      if (current.state !== 'accepted' && current.state !== 'queued') break;
      if (await finish(current, { state: 'cancelled' })) break;
    }
    await events.publish(`generation:${generation.id}`, {});
    return reader.get(accountId, generation.id);
  }

  /** Makes the same again with another seed. */
  async function again(
    account: Account,
    id: string,
    asked: Pick<GenerationRequest, 'source' | 'requestId' | 'locale' | 'replyTo'>,
  ): Promise<Accepted> {
    const first = await reader.get(account.id, id);
    return request({
      account,
      ...asked,
      input: {
        prompt: first.prompt,
        negativePrompt: first.negativePrompt ?? undefined,
        model: first.model,
        style: first.style ?? undefined,
        aspectRatio: first.aspectRatio,
        count: first.count,
        imageId: first.inputImageId ?? undefined,
      },
    });
  }

  /** Remembers where the message is in which progress and result belong. */
  async function attachReply(id: string, replyTo: ReplyTo): Promise<void> {
    await prisma.generation.updateMany({ where: { id }, data: { replyTo: { ...replyTo, attached: true } } });
  }

  /**
   * A provider says that something happened: whoever follows that prediction looks at once. Throws
   * AppError `not_found` when none is expected, `invalid_input` for a forged, stale or broken one.
   */
  async function receiveProviderWebhook({
    headers,
    rawBody,
  }: {
    headers: Record<string, string | string[] | undefined>;
    rawBody: Buffer;
  }): Promise<void> {
    if (!webhookSecret) throw new AppError('not_found', { what: '' });
    const prediction = readWebhook(webhookSecret, headers, rawBody);
    const row = await prisma.generation.findUnique({
      where: { providerId: `replicate:${prediction.id}` },
      select: { id: true },
    });
    if (row) await events.publish(`generation:${row.id}`, {});
    else
      log.debug(
        { prediction: prediction.id },
        'a webhook came before its prediction was written down, or for none of ours',
      );
  }

  return {
    request,
    again,
    cancel,
    get: reader.get,
    find: reader.find,
    list: reader.list,
    page: reader.page,
    follow,
    markOf,
    estimate,
    idempotency,
    preview: previews.read,
    waitingOn: reader.waitingOn,
    standing: reader.standing,
    attachReply,
    receiveProviderWebhook,
  };
}

function readWebhook(secret: string, headers: Record<string, string | string[] | undefined>, rawBody: Buffer) {
  try {
    return readReplicateWebhook({ secret, headers, rawBody });
  } catch (error) {
    throw new AppError('invalid_input', { field: 'webhook-signature', allowed: '' }, { cause: error });
  }
}
