import { randomUUID } from 'node:crypto';
import type { PromptRule } from '@prisma/client';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { AppError } from '../errors.ts';
import type { Events } from '../events.ts';
import { promptLimit } from '../generations/input.ts';
import type { Log } from '../log.ts';
import { type CompiledRule, compileRule } from './compile-rule.ts';
import { BudgetSpent, PatternError } from './pattern.ts';

/** What an operator writes of a rule. */
export type NewPromptRule = Pick<PromptRule, 'name' | 'match' | 'text' | 'action'> &
  Partial<Pick<PromptRule, 'replacement' | 'message' | 'serverId' | 'enabled'>>;

/** What the rules make of a prompt: what is drawn, and the names of the rules that changed it. */
export type Ruled = { prompt: string; replacedBy: string[] };

/** What a rule would do with a text, and what would be drawn instead. */
export type Tried = { does: 'nothing' | 'block' | 'warn' } | { does: 'replace'; prompt: string };

type Rule = PromptRule & { compiled: CompiledRule };
export type PromptRules = ReturnType<typeof createPromptRules>;

/** Changes are announced; this is how long they take to hold where the news was lost. */
const rememberMs = 10_000;
/** Some 50 ms at worst, for all rules together. */
const budgetPerPrompt = 3_000_000;

/**
 * The operators' own rules, remembered by every process: where there are none, a prompt costs nothing. A change holds
 * from the next request on.
 */
export function createPromptRules({
  database,
  events,
  clock,
  log,
}: {
  database: Pick<Database, 'prisma'>;
  events: Events;
  clock: Clock;
  log: Log;
}) {
  const { promptRule } = database.prisma;
  let known: { rules: Promise<readonly Rule[]>; until: number } | null = null;
  const forget = () => {
    known = null;
  };
  void events.subscribe(channel, forget);

  function rulesNow(): Promise<readonly Rule[]> {
    if (!known || known.until < Date.now()) {
      const read = { rules: readRules(), until: Date.now() + rememberMs };
      known = read;
      read.rules.catch(() => {
        if (known === read) forget();
      });
    }
    return known.rules;
  }

  async function readRules(): Promise<readonly Rule[]> {
    const rows = await promptRule.findMany({
      where: { enabled: true },
      orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    });
    return rows.flatMap((row) => {
      try {
        return [{ ...row, compiled: compileRule(row) }];
      } catch (error) {
        log.error({ rule: row.id, err: (error as Error).message }, 'a prompt rule cannot be read and does nothing');
        return [];
      }
    });
  }

  /**
   * What is drawn instead of this prompt, in a Discord server or (null) anywhere else. Throws AppError `prompt_blocked`
   * with the rule's own words, or `prompt_refused`.
   */
  async function apply(prompt: string, serverId: string | null): Promise<Ruled> {
    const rules = await rulesOf(serverId).catch((error: unknown) => {
      throw new AppError('unavailable', {}, { cause: error });
    });
    return rules.length ? applyRules(rules, prompt) : { prompt, replacedBy: [] };
  }

  /** The names of the rules that want the pictures of a prompt looked at. */
  async function warnings(prompt: string, serverId: string | null): Promise<string[]> {
    const rules = (await rulesOf(serverId)).filter(({ action }) => action === 'warn');
    return rules.filter((rule) => hits(rule, prompt)).map(({ name }) => name);
  }

  async function rulesOf(serverId: string | null): Promise<readonly Rule[]> {
    const rules = await rulesNow();
    return rules.length ? rules.filter((rule) => rule.serverId === null || rule.serverId === serverId) : rules;
  }

  /** What one rule would do with a text, whether it is enabled or not; `nothing` when it is not about it. */
  async function tryOut(id: string, prompt: string): Promise<Tried> {
    const row = await promptRule.findUnique({ where: { id } });
    if (!row) throw new AppError('not_found', { what: '' });
    const rule = { ...row, compiled: compileRule(row) };
    if (!hits(rule, prompt)) return { does: 'nothing' };
    if (rule.action !== 'replace') return { does: rule.action };
    try {
      return { does: 'replace', prompt: applyRules([rule], prompt).prompt };
    } catch (error) {
      if (error instanceof AppError) return { does: 'block' };
      throw error;
    }
  }

  /**
   * Writes a rule; without an id a new one, which gets `newId`. Throws AppError `invalid_input`, `pattern_refused`,
   * `not_found`.
   */
  async function save(id: string | null, input: NewPromptRule, newId: string = randomUUID()): Promise<PromptRule> {
    const data = checkRule(input);
    const rule = id
      ? await promptRule.update({ where: { id }, data }).catch((error: { code?: string }) => {
          if (error.code === 'P2025') throw new AppError('not_found', { what: '' });
          throw error;
        })
      : await promptRule.create({ data: { ...data, id: newId, createdAt: clock() } });
    await announce();
    return rule;
  }

  /** Throws AppError `not_found`. */
  async function remove(id: string): Promise<void> {
    const { count } = await promptRule.deleteMany({ where: { id } });
    if (!count) throw new AppError('not_found', { what: '' });
    await announce();
  }

  async function announce(): Promise<void> {
    forget();
    await events.publish(channel, {});
  }

  return { apply, warnings, tryOut, save, remove };
}

const channel = 'prompt-rules';

/** What is blocked is asked first; what the others leave is asked again, since a replacement may make it so. */
function applyRules(rules: readonly Rule[], asked: string): Ruled {
  const budget = { left: budgetPerPrompt };
  const blocking = rules.filter(({ action }) => action === 'block');
  const replacing = rules.filter(({ action }) => action === 'replace');
  try {
    refuseBlocked(blocking, asked, budget);
    let prompt = asked;
    const replacedBy: string[] = [];
    for (const rule of replacing) {
      const replaced = rule.compiled.replace(prompt, budget).trim();
      if (replaced === prompt) continue;
      if (!/[\p{L}\p{N}\p{S}]/u.test(replaced)) throw refusal(rule);
      prompt = replaced;
      replacedBy.push(rule.name);
    }
    if (replacedBy.length) refuseBlocked(blocking, prompt, budget);
    if (prompt.length > 2 * promptLimit && prompt.length > asked.length)
      throw new AppError('prompt_too_long', { max: promptLimit, length: prompt.length });
    return { prompt, replacedBy };
  } catch (error) {
    // No prompt that means well takes so long to read.
    if (error instanceof BudgetSpent) throw new AppError('prompt_refused', {}, { cause: error });
    throw error;
  }
}

function refuseBlocked(blocking: readonly Rule[], prompt: string, budget: { left: number }): void {
  const rule = blocking.find(({ compiled }) => compiled.hits(prompt, budget));
  if (rule) throw refusal(rule);
}

/** What takes too long to read counts as a hit, for it was made to. */
function hits({ compiled }: Rule, prompt: string): boolean {
  try {
    return compiled.hits(prompt, { left: budgetPerPrompt });
  } catch (error) {
    if (error instanceof BudgetSpent) return true;
    throw error;
  }
}

const refusal = ({ message }: Rule) =>
  message ? new AppError('prompt_blocked', { message }) : new AppError('prompt_refused');

function checkRule({ name, match, text, action, ...input }: NewPromptRule) {
  const wrong = (field: string, allowed: string) => new AppError('invalid_input', { field, allowed });
  const { replacement = '', message = '', serverId = null, enabled = true } = input;
  if (!name.trim() || name.length > 64) throw wrong('name', '1–64');
  if (!text.trim() || text.length > 500) throw wrong('text', '1–500');
  if (replacement.length > 500) throw wrong('replacement', '0–500');
  if (message.length > 300) throw wrong('message', '0–300');
  if (serverId && !/^\d{1,20}$/.test(serverId)) throw wrong('serverId', '0–9');
  const rule = { name: name.trim(), match, text, action, replacement, message, serverId: serverId || null, enabled };
  try {
    compileRule(rule);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw new AppError('pattern_refused', { fault: error.fault }, { cause: error });
  }
  return rule;
}
