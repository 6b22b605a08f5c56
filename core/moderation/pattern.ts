/**
 * Operators' patterns, run without ever going back in the text: JavaScript's own engine can need years for some pairs
 * of pattern and text, and members choose the text. Each character is read once for all ways a match could go on
 * (Thompson's construction), so the cost is at most the length of the text times that of the pattern, and a budget
 * bounds even that. No thread has to be started, watched and killed for it. Character classes are JavaScript's.
 */

/** Where a match stands, counted in code points: from, up to but without. */
export type Span = { start: number; end: number };
export type Pattern = {
  /** The first match of at least one character at or after `from`: leftmost, then longest. Throws BudgetSpent. */
  find(text: readonly string[], from: number, budget: Budget): Span | null;
};
/** How many steps a check may still take; some 20 ns each. */
export type Budget = { left: number };

/** Why a pattern is not taken. */
export class PatternError extends Error {
  readonly fault: 'syntax' | 'unsupported' | 'too_large';
  constructor(fault: PatternError['fault']) {
    super(`A pattern is refused: ${fault}`);
    this.name = 'PatternError';
    this.fault = fault;
  }
}
export class BudgetSpent extends Error {}

type Test = (character: string) => boolean;
type Assertion = 'start' | 'end' | 'edge' | 'inside';
type Node =
  | { kind: 'one'; test: Test }
  | { kind: 'assert'; assertion: Assertion }
  | { kind: 'sequence'; parts: Node[] }
  | { kind: 'choice'; parts: Node[] }
  | { kind: 'repeat'; part: Node; least: number; most: number };
type Step =
  | { op: 'one'; test: Test }
  | { op: 'assert'; assertion: Assertion }
  | { op: 'split'; to: number[] }
  | { op: 'match' };

/** More steps than any pattern needs that a person can read. */
const mostSteps = 500;

/**
 * Reads a pattern: letters, classes, `.`, `\b`, `^`, `$`, groups, `|`, `?`, `*`, `+` and `{n,m}`, in any case. Throws
 * PatternError for a broken one, and for what needs going back: references, looking around, lazy counts.
 */
export function readPattern(source: string): Pattern {
  try {
    new RegExp(source, 'iu');
  } catch {
    throw new PatternError('syntax');
  }
  const steps: Step[] = [];
  emit(parse(source), steps);
  steps.push({ op: 'match' });
  return { find: (text, from, budget) => search(steps, text, from, budget) };
}

/** The syntax is JavaScript's and known to be right, so only its parts have to be told apart. */
function parse(source: string): Node {
  let at = 0;
  const atom = /\\(?:[pP]\{[^}]*\}|u\{[^}]*\}|u[\da-f]{4}|x[\da-f]{2}|c[a-z]|.)|\[(?:\\.|[^\]\\])*\]|[\s\S]/iuy;
  const quantifier = /(?:[*+?]|\{(\d+)(,?)(\d*)\})(\??)/y;

  function choice(): Node {
    const parts = [sequence()];
    while (source[at] === '|') {
      at++;
      parts.push(sequence());
    }
    return parts.length === 1 ? (parts[0] as Node) : { kind: 'choice', parts };
  }

  function sequence(): Node {
    const parts: Node[] = [];
    while (at < source.length && source[at] !== '|' && source[at] !== ')') parts.push(counted(single()));
    return { kind: 'sequence', parts };
  }

  function single(): Node {
    if (source[at] !== '(') return character();
    if (source[at + 1] === '?' && source[at + 2] !== ':') throw new PatternError('unsupported');
    at += source[at + 1] === '?' ? 3 : 1;
    const inner = choice();
    at++;
    return inner;
  }

  function character(): Node {
    atom.lastIndex = at;
    const text = atom.exec(source)?.[0] ?? '';
    at += text.length;
    const assertion = assertions[text];
    if (assertion) return { kind: 'assert', assertion };
    if (/^\\[1-9k]/.test(text)) throw new PatternError('unsupported');
    return { kind: 'one', test: remember(new RegExp(`^${text}$`, 'isu')) };
  }

  function counted(part: Node): Node {
    quantifier.lastIndex = at;
    const found = quantifier.exec(source);
    if (!found) return part;
    if (found[4]) throw new PatternError('unsupported');
    at += found[0].length;
    const least = found[1] ? Number(found[1]) : found[0] === '+' ? 1 : 0;
    const most = found[0] === '?' ? 1 : found[1] && !found[2] ? least : found[3] ? Number(found[3]) : Infinity;
    return { kind: 'repeat', part, least, most };
  }

  return choice();
}

const assertions: Record<string, Assertion> = { '^': 'start', $: 'end', '\\b': 'edge', '\\B': 'inside' };

function remember(pattern: RegExp): Test {
  const known = new Map<string, boolean>();
  return (character) => {
    let answer = known.get(character);
    if (answer === undefined) {
      // Texts are strangers' and could hold every character there is.
      if (known.size > 1000) known.clear();
      answer = pattern.test(character);
      known.set(character, answer);
    }
    return answer;
  };
}

function emit(node: Node, steps: Step[]): void {
  if (steps.length > mostSteps) throw new PatternError('too_large');
  if (node.kind === 'one') steps.push({ op: 'one', test: node.test });
  else if (node.kind === 'assert') steps.push({ op: 'assert', assertion: node.assertion });
  else if (node.kind === 'sequence') for (const part of node.parts) emit(part, steps);
  else if (node.kind === 'choice') emitChoice(node.parts, steps);
  else emitRepeat(node, steps);
}

function emitChoice(parts: readonly Node[], steps: Step[]): void {
  const fork: { op: 'split'; to: number[] } = { op: 'split', to: [] };
  const ends: { op: 'split'; to: number[] }[] = [];
  steps.push(fork);
  for (const part of parts) {
    fork.to.push(steps.length);
    emit(part, steps);
    const end: (typeof ends)[number] = { op: 'split', to: [] };
    ends.push(end);
    steps.push(end);
  }
  for (const end of ends) end.to.push(steps.length);
}

function emitRepeat({ part, least, most }: Extract<Node, { kind: 'repeat' }>, steps: Step[]): void {
  for (let count = 0, before = -1; count < least && before !== steps.length; count++) {
    // Nothing repeated is nothing, however often.
    before = steps.length;
    emit(part, steps);
  }
  if (most === Infinity) {
    const loop: Step = { op: 'split', to: [steps.length + 1] };
    const back = steps.push(loop) - 1;
    emit(part, steps);
    steps.push({ op: 'split', to: [back] });
    loop.to.push(steps.length);
    return;
  }
  const ways: Extract<Step, { op: 'split' }>[] = [];
  for (let count = least; count < most; count++) {
    const way: (typeof ways)[number] = { op: 'split', to: [steps.length + 1] };
    ways.push(way);
    steps.push(way);
    emit(part, steps);
  }
  for (const way of ways) way.to.push(steps.length);
}

/** Goes through the text once, with every place of the pattern where a match could stand; the earliest begun wins. */
function search(steps: readonly Step[], text: readonly string[], from: number, budget: Budget): Span | null {
  let best: Span | null = null;
  let reached = new Map<number, number>();
  for (let at = from; at <= text.length; at++) {
    const now = new Map<number, number>();
    for (const [step, start] of reached) enter(steps, step, start, { text, at, now, budget });
    if (!best) enter(steps, 0, at, { text, at, now, budget });
    const next = new Map<number, number>();
    for (const [index, start] of now) {
      const step = steps[index] as Step;
      if (best && start > best.start) continue;
      if (step.op === 'match' && at > start) best = { start, end: at };
      else if (step.op === 'one' && at < text.length && step.test(text[at] as string) && !next.has(index + 1))
        next.set(index + 1, start);
    }
    if (best && !next.size) return best;
    reached = next;
  }
  return best;
}

type Place = { text: readonly string[]; at: number; now: Map<number, number>; budget: Budget };

/** Notes a step and all that follow it without reading a character; who came first stays, having begun earlier. */
function enter(steps: readonly Step[], first: number, start: number, { text, at, now, budget }: Place): void {
  const waiting = [first];
  for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
    if (now.has(index)) continue;
    if (budget.left-- <= 0) throw new BudgetSpent();
    now.set(index, start);
    const step = steps[index] as Step;
    if (step.op === 'split') for (const to of step.to) waiting.push(to);
    else if (step.op === 'assert' && holds(step.assertion, text, at)) waiting.push(index + 1);
  }
}

function holds(assertion: Assertion, text: readonly string[], at: number): boolean {
  if (assertion === 'start') return at === 0;
  if (assertion === 'end') return at === text.length;
  const isWord = (character: string | undefined) => character !== undefined && /^[\p{L}\p{N}_]$/u.test(character);
  return (isWord(text[at - 1]) !== isWord(text[at])) === (assertion === 'edge');
}
