import type { Redis } from 'ioredis';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { checkSmtp } from '../mail/open-mailer.ts';
import type { Settings } from '../settings.ts';
import { within } from '../within.ts';
import { asks, type Question } from './questions.ts';

export const probeNames = ['postgres', 'redis', 'discord', 'telegram', 'stripe', 'replicate', 'mail'] as const;
export type ProbeName = (typeof probeNames)[number];

/** How a thing that Easel stands on is. `refused`: it does not take our credential; `away`: it does not answer. */
export type Probe = { name: ProbeName } & (
  | { state: 'working'; ms: number }
  | { state: 'off'; setting: string }
  | {
      state: 'failing';
      reason: 'away' | 'refused' | 'answers';
      /** A network's own code or an HTTP status; never a credential. */
      detail: string;
      /** Which setting to look at. */
      setting: string;
    }
);

/** Whoever asks within that gets the same answer: outside services count how often they are asked. */
const freshMs = 10_000;
const patienceMs = 2_500;

type Dependencies = {
  settings: Settings;
  database: Pick<Database, 'pool'>;
  redis: { client: Pick<Redis, 'ping'> };
  clock: Clock;
};

/** Looks how everything is that Easel stands on and speaks to; one that is away keeps nobody waiting longer than 2.5 s. */
export function createProbes({ settings, database, redis, clock }: Dependencies) {
  let last: { at: number; answer: Promise<{ asOf: Date; probes: Probe[] }> } | null = null;

  function look(): Promise<{ asOf: Date; probes: Probe[] }> {
    const now = clock();
    if (!last || now.getTime() - last.at >= freshMs) last = { at: now.getTime(), answer: probeAll(now) };
    return last.answer;
  }

  async function probeAll(asOf: Date) {
    const outside = asks(settings);
    const { smtp } = settings;
    const probes = await Promise.all([
      probe('postgres', 'DATABASE_URL', () => database.pool.query('SELECT 1')),
      probe('redis', 'REDIS_URL', () => redis.client.ping()),
      ...outside.map(({ name, question, setting }) =>
        question ? probe(name, setting, () => ask(question)) : ({ name, state: 'off', setting } as const),
      ),
      smtp.on
        ? probe('mail', 'SMTP_URL', () => checkSmtp(smtp.url))
        : ({ name: 'mail', state: 'off', setting: smtp.needs } as const),
    ]);
    return { asOf, probes };
  }

  return { look };
}

async function probe(name: ProbeName, setting: string, work: () => Promise<unknown>): Promise<Probe> {
  const began = performance.now();
  try {
    await within(patienceMs, work(), `no answer in ${patienceMs / 1000} s`);
    return { name, state: 'working', ms: Math.round(performance.now() - began) };
  } catch (error) {
    return { name, state: 'failing', setting, ...explain(error) };
  }
}

class Answered extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`HTTP ${status}`);
    this.status = status;
  }
}

async function ask({ url, authorization }: Question): Promise<void> {
  const headers = { 'user-agent': 'Easel', ...(authorization ? { authorization } : {}) };
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(patienceMs), redirect: 'error' });
  await response.body?.cancel();
  if (!response.ok) throw new Answered(response.status);
}

/** The address may hold a token, and messages may quote it, so that only codes are told. */
function explain(error: unknown): { reason: 'away' | 'refused' | 'answers'; detail: string } {
  if (error instanceof Answered) {
    const refused = [401, 403, 404].includes(error.status);
    return { reason: refused ? 'refused' : 'answers', detail: error.message };
  }
  const { code, responseCode, cause, message } = error as {
    code?: string;
    responseCode?: number;
    cause?: { code?: string };
    message?: string;
  };
  if (code === 'EAUTH') return { reason: 'refused', detail: `SMTP ${responseCode ?? ''}`.trim() };
  const known = cause?.code ?? (typeof code === 'string' ? code : null);
  return { reason: 'away', detail: known ?? (message?.startsWith('no answer') ? message : 'no answer') };
}
