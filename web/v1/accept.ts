import { createHash, randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';
import { AppError, type Caller, type Core, type GenerationWithImages, type Receipt } from '../../core/index.ts';

type GenerationRequest = Parameters<Core['generations']['request']>[0];

/** One request for pictures over HTTP. */
export type Ask = {
  caller: Caller;
  input: GenerationRequest['input'];
  /** What was asked, as it was parsed: the same Idempotency-Key must come with the same again. */
  asked: unknown;
  /** The caller's own key, or null. */
  idempotencyKey: string | null;
  /** How long the caller is ready to be kept waiting; 0 not at all. */
  waitSeconds: number;
  /** Brings the picture to start from, only when this isn't a repeat. Answers its id. */
  fetchPicture?: (() => Promise<string>) | undefined;
  /** For who is kept waiting: a signal that is aborted when the caller has gone. */
  gone: () => AbortSignal;
};

export type Answered = { generation: GenerationWithImages; receipt: Receipt | null; repeated: boolean };

/** The mark of a waiting caller outlives a crash by so long. */
const spareMs = 5_000;
const keyPattern = /^[\x20-\x7e]{1,190}$/;

/**
 * Accepts requests for pictures, with a caller's own key at most once in 24 hours. Throws AppError
 * `idempotency_mismatch`, `idempotency_in_flight`, and whatever speaks against the request.
 */
export function createAccept({ core }: { core: Core }) {
  const { idempotency } = core.generations;

  async function accept(ask: Ask): Promise<Answered> {
    const { account } = ask.caller;
    const source = `rest:${account.id}`;
    const key = ask.idempotencyKey;
    if (key === null) return waitFor(ask, await request(ask, { source, requestId: randomUUID(), requestHash: null }));
    const requestHash = hashOf(ask.asked);
    const { requestId, earlier } = await idempotency.find(source, key);
    if (earlier) {
      if (earlier.requestHash !== requestHash) throw mismatch();
      if (await idempotency.isHeld(source, key)) throw new AppError('idempotency_in_flight');
      const generation = await core.generations.get(account.id, earlier.id);
      return waitFor(ask, { generation, receipt: null, repeated: true });
    }
    const release = await enter(source, key, ask.waitSeconds);
    try {
      return await waitFor(ask, await request(ask, { source, requestId, requestHash }));
    } finally {
      await release();
    }
  }

  /** Those who are not kept waiting need no mark: the same request at once finds the first one's row. */
  async function enter(source: string, key: string, waitSeconds: number): Promise<() => Promise<void>> {
    if (waitSeconds > 0) {
      const release = await idempotency.hold(source, key, waitSeconds * 1000 + spareMs);
      if (release) return release;
    } else if (!(await idempotency.isHeld(source, key))) return async () => {};
    throw new AppError('idempotency_in_flight');
  }

  async function request(
    { caller, input, fetchPicture }: Ask,
    named: { source: string; requestId: string; requestHash: string | null },
  ): Promise<Answered> {
    const { account, key } = caller;
    // Nothing is fetched for what would be refused anyway.
    if (fetchPicture) await core.generations.estimate(account, input, key);
    const imageId = await fetchPicture?.();
    const accepted = await core.generations.request({
      account,
      ...named,
      input: imageId === undefined ? input : { ...input, imageId },
      locale: account.locale,
      replyTo: null,
      apiKey: key,
    });
    const { receipt, repeated } = accepted;
    if (!accepted.repeated) return { generation: accepted.generation, receipt, repeated };
    const generation = await core.generations.get(account.id, accepted.id);
    if (generation.requestHash !== named.requestHash) throw mismatch();
    return { generation, receipt, repeated };
  }

  async function waitFor({ waitSeconds, gone }: Ask, answered: Answered): Promise<Answered> {
    const { generation } = answered;
    if (waitSeconds === 0 || generation.finishedAt) return answered;
    const signal = AbortSignal.any([AbortSignal.timeout(waitSeconds * 1000), gone()]);
    let latest = generation;
    for await (const seen of core.generations.follow(generation.accountId, generation.id, signal)) latest = seen;
    return { ...answered, generation: latest };
  }

  return accept;
}

/** `Idempotency-Key`, or null. Throws AppError `invalid_input`. */
export function readIdempotencyKey(request: Request): string | null {
  const key = request.get('idempotency-key');
  if (key === undefined) return null;
  if (!keyPattern.test(key)) throw new AppError('invalid_input', { field: 'Idempotency-Key', allowed: '1–190 ASCII' });
  return key;
}

/** Aborted when the connection closes, or at once when it has. Costs as much as a hash, so that only who waits asks for it. */
export function whenGone(response: Response): AbortSignal {
  const controller = new AbortController();
  if (response.closed) controller.abort();
  else response.once('close', () => controller.abort());
  return controller.signal;
}

const mismatch = () => new AppError('idempotency_mismatch', { field: 'Idempotency-Key' });

/** The same for the same content, in whatever order its fields came. */
function hashOf(asked: unknown): string {
  return createHash('sha256').update(canonical(asked)).digest('hex');
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value).filter(([, content]) => content !== undefined);
  fields.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, content]) => `${JSON.stringify(name)}:${canonical(content)}`).join(',')}}`;
}
