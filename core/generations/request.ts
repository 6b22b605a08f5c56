import type { Account } from '../accounts/accounts.ts';
import { AppError } from '../errors.ts';
import type { PromptRules } from '../moderation/prompt-rules.ts';
import { checkPrompt } from '../moderation/rules.ts';
import type { Pauses } from '../pauses/pauses.ts';
import type { ImageModel } from '../providers/port.ts';
import type { KeyCap, Quotas } from '../quotas/quotas.ts';
import type { Receipt } from '../quotas/receipt.ts';
import { type CheckedInput, checkInput, type GenerationInput, generationIdOf, refOf } from './input.ts';
import type { Outbox } from './outbox.ts';
import type { GenerationWithImages } from './read.ts';
import type { createWriter, NewGeneration, ReplyTo, Written } from './write.ts';

export type GenerationRequest = {
  account: Account;
  /** Where it came from, `discord`, `telegram`, `web` or `rest:<account>`: request ids are unique within it. */
  source: string;
  /** The caller's own id of this request; repeating it answers the first generation. */
  requestId: string;
  input: GenerationInput;
  locale: string;
  replyTo: ReplyTo | null;
  /** Over REST: the key it came with and that key's own cap, and the hash of what was asked. */
  apiKey?: KeyCap | null;
  requestHash?: string | null;
};

export type Accepted = {
  id: string;
  ref: string;
  model: ImageModel;
  count: number;
  receipt: Receipt;
  /** What was written; what became of a repeated request's generation since, its reader knows. */
} & ({ repeated: false; generation: GenerationWithImages } | { repeated: true });

type Dependencies = {
  quotas: Quotas;
  write: ReturnType<typeof createWriter>;
  outbox: Pick<Outbox, 'publish'>;
  models: readonly ImageModel[];
  rules: Pick<PromptRules, 'apply'>;
  pauses: Pick<Pauses, 'check'>;
  /** Tells whoever asked in a chat that other words are drawn. */
  tellReplaced(generation: NewGeneration & { accountId: string }): Promise<void>;
};

/** What a request would cost, and what decides about it. */
export type Estimate = {
  model: ImageModel;
  /** Images it would take from the quota. */
  count: number;
  /** Millionths of a US dollar that the provider is expected to ask for it. */
  priceMicros: number;
  /** Whether the quota would let it through now. */
  allowed: boolean;
  receipt: Receipt;
};

/**
 * What a request would cost, spending nothing; `apiKey` is the key it came with, whose own cap counts too. Throws
 * AppError for whatever else speaks against it.
 */
export function createEstimate({
  quotas,
  models,
  rules,
  pauses,
}: Pick<Dependencies, 'quotas' | 'models' | 'rules' | 'pauses'>) {
  return async function estimate(
    account: Account,
    input: GenerationInput,
    apiKey: KeyCap | null = null,
  ): Promise<Estimate> {
    if (account.status !== 'active') throw new AppError('account_suspended');
    const asked = checkInput(input, models);
    await checkPauses(pauses, asked.model);
    const { model, count } = await moderate(asked, null, rules);
    const decision = await quotas.check({ accountId: account.id, images: count, limits: account.plan, key: apiKey });
    return { model, count, priceMicros: model.priceMicros * count, ...decision };
  };
}

/**
 * Accepts a request: moderation, one quota decision, one transaction, a place in the queue. Throws
 * AppError for whatever speaks against it, and nothing is spent then.
 */
export function createRequest({ quotas, write, outbox, models, rules, pauses, tellReplaced }: Dependencies) {
  return async function request({
    account,
    source,
    requestId,
    input,
    locale,
    replyTo,
    apiKey = null,
    requestHash = null,
  }: GenerationRequest): Promise<Accepted> {
    if (account.status !== 'active') throw new AppError('account_suspended');
    const asked = checkInput(input, models);
    await checkPauses(pauses, asked.model);
    const checked = await moderate(asked, replyTo, rules);
    const id = generationIdOf(source, requestId);
    const { priority } = account.plan;
    for (let tries = 0; tries < 20; tries++) {
      const reservation = await quotas.reserve({
        accountId: account.id,
        generationId: id,
        images: checked.count,
        limits: account.plan,
        key: apiKey,
      });
      const generation: NewGeneration = {
        id,
        ref: refOf(id),
        source,
        requestId,
        input: checked,
        locale,
        priority,
        replyTo,
        apiKeyId: apiKey?.id ?? null,
        requestHash,
        createdAt: reservation.at,
      };
      const written = await write({ generation, reservation }).catch(async (error: unknown): Promise<Written> => {
        // The answer was lost. A rebuild waits for what is being written and voids what is not, so that afterwards
        // Postgres knows whether there is one. Without it nobody knows until the next sweep.
        const settled = await quotas.refresh(account.id).then(yes, no);
        if (!settled) throw new AppError('unavailable', {}, { cause: error });
        return { outcome: 'existed' };
      });
      const accepted = {
        id,
        ref: generation.ref,
        model: checked.model,
        count: reservation.images,
        receipt: reservation.receipt,
      };
      if (written.outcome === 'written') {
        if (checked !== asked) await tellReplaced({ ...generation, accountId: account.id });
        outbox.publish([{ id: written.outboxId, topic: 'generation', payload: { id, priority } }]);
        return { ...accepted, repeated: false, generation: { ...written.row, images: [] } };
      }
      if (written.outcome === 'existed') {
        // It may have ended long ago, and then this reservation stands for nothing.
        if (await quotas.releaseUnlessRunning(reservation)) return { ...accepted, repeated: true };
        // It could not be written; or the short name was taken, which happens once in a trillion.
        throw new AppError('unavailable');
      }
      await quotas.renew(reservation);
    }
    throw new AppError('quota_unavailable');
  };
}

const yes = () => true;
const no = () => false;

/** What is drawn: the same, or with the words that operators' rules put in place of some. Throws AppError for what is not. */
async function moderate(
  asked: CheckedInput,
  replyTo: ReplyTo | null,
  rules: Pick<PromptRules, 'apply'>,
): Promise<CheckedInput> {
  checkPrompt(asked.prompt);
  const { prompt, replacedBy } = await rules.apply(asked.prompt, readServer(replyTo));
  if (!replacedBy.length) return asked;
  checkPrompt(prompt);
  return { ...asked, prompt };
}

/** The Discord server that was asked in. */
const readServer = (replyTo: ReplyTo | null) => (typeof replyTo?.guildId === 'string' ? replyTo.guildId : null);

/** Throws AppError `paused` while operators have stopped the model or its provider. */
function checkPauses(pauses: Pick<Pauses, 'check'>, { id, provider }: ImageModel): Promise<void> {
  return pauses.check(`model:${id}`, `provider:${provider}`);
}
