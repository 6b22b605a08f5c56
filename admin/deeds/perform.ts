import { Prisma } from '@prisma/client';
import { type ActionRequest, type CurrentAdmin, flat, ValidationError } from 'adminjs';
import type { z } from 'zod';
import { AppError, type ErrorCode, isDatabaseAway, type Snapshot } from '../../core/index.ts';
import type { AdminCore } from '../index.ts';
import type { Facts } from './deed.ts';
import { type Field, readInput } from './fields.ts';

/** What the page shows: what it asks, what is known, and a key that makes sending it twice harmless. */
export type Form = { fields: readonly Field[]; facts: Facts; key: string };

type Notice = { type: 'success' | 'error'; message: string; options?: { defaultValue: string } };
type Answer = { done: true; notice: Notice } | { done: false; form?: Form; weighed?: Facts; notice?: Notice };

/** A deed with whatever it is done to filled in. */
export type Performance<T> = {
  core: AdminCore;
  name: string;
  input: z.ZodType<T>;
  blame: Partial<Record<ErrorCode, string>>;
  admin: CurrentAdmin;
  request: ActionRequest;
  subject: { type: string; id: string };
  accountId: string | null;
  otherOf(input: T): Promise<string | null>;
  fields(): Promise<readonly Field[]>;
  facts(): Promise<Facts>;
  weigh: ((input: T) => Promise<Facts>) | null;
  look(input: T): Promise<Snapshot>;
  work(input: T & { reason: string }): Promise<unknown>;
};

/** Opens the page of a deed, weighs it, or does it: as the request asks. Throws the form's own errors. */
export async function perform<T>(deed: Performance<T>): Promise<Answer> {
  const { core, admin, request, weigh } = deed;
  const payload = flat.unflatten(request.payload ?? {}) as Record<string, unknown>;
  try {
    // The page was opened.
    if (payload.look)
      return {
        done: false,
        form: { fields: await deed.fields(), facts: await deed.facts(), key: crypto.randomUUID() },
      };
    const given = readInput(deed.input, payload);
    if (weigh && payload.weighed !== 'yes') return { done: false, weighed: await weigh(given) };
    return await doOnce(deed, given, payload);
  } catch (error) {
    return explain(error, deed, core.words, String(admin.locale));
  }
}

async function doOnce<T>(deed: Performance<T>, given: T, payload: Record<string, unknown>): Promise<Answer> {
  const { core, admin } = deed;
  const key = typeof payload.key === 'string' ? payload.key.slice(0, 64) : '';
  const work = () => act(deed, given, String(payload.reason ?? '').slice(0, 500));
  // A second click, or a request that the browser sent again.
  const outcome = key
    ? await core.once.run(`deed:${admin.id}:${key}`, work)
    : { done: true as const, value: await work() };
  if (!outcome.done) throw new AppError('deed_in_hand');
  const said = `panel.deeds.${deed.name}.done`;
  const values = outcome.value;
  if (!values) return { done: true, notice: { type: 'success', message: `done_${deed.name}` } };
  return { done: true, notice: sentence('success', core.words.plain(String(admin.locale), said, values)) };
}

/** Does it, and records it. Answers values for the words, if there are any. */
async function act<T>(deed: Performance<T>, given: T, reason: string): Promise<Record<string, string | number> | null> {
  const { core, admin, subject, accountId, name } = deed;
  const action = `${subject.type}.${name}`;
  const actor = { id: String(admin.id), email: String(admin.email) };
  const other = await deed.otherOf(given);
  const result = await core.audit.act(
    { actor, action, subject, accountId, reason, ...(other ? { other: { type: subject.type, id: other } } : {}) },
    () => deed.look(given),
    () => deed.work({ ...given, reason }),
  );
  core.log.info({ action, subject: subject.id, by: actor.id }, 'an operator did something');
  return result && typeof result === 'object' ? (result as Record<string, string | number>) : null;
}

/** A refusal as a sentence, at the field that it is about if there is one; what is not a refusal is thrown. */
function explain<T>(error: unknown, deed: Performance<T>, words: AdminCore['words'], locale: string): Answer {
  const refusal = toRefusal(error);
  if (!refusal) throw error;
  // What members read of it names commands of theirs.
  const key = refusal.code === 'not_found' ? 'panel.faults.gone' : `errors.${refusal.code}`;
  const message = words.plain(locale, key, refusal.values);
  const field = deed.blame[refusal.code];
  if (field) throw new ValidationError({ [field]: { type: refusal.code, message } });
  return { done: false, notice: sentence('error', message) };
}

/** What it was done to may have been deleted meanwhile, and the database may be away. */
function toRefusal(error: unknown): AppError | null {
  if (error instanceof AppError) return error;
  if (!(error instanceof Error)) return null;
  const { code } = error as { code?: unknown };
  const isPrisma = error instanceof Prisma.PrismaClientKnownRequestError;
  if (isPrisma && (code === 'P2003' || code === 'P2025')) return new AppError('not_found', {}, { cause: error });
  return isDatabaseAway(error) ? new AppError('unavailable', {}, { cause: error }) : null;
}

/** AdminJS looks every message up, and shows what it doesn't find as it likes, unless told how. */
function sentence(type: Notice['type'], message: string): Notice {
  return { type, message, options: { defaultValue: message } };
}
