import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeMember, makePlan } from '../../test/support/core.ts';
import { type QuotaWorld, startQuotaWorld, type Taken } from '../../test/support/quota-world.ts';
import { type Account, dayOf } from '../index.ts';

const hourMs = 3_600_000;
let now = new Date('2028-02-28T20:00:00Z');
let world: QuotaWorld;
beforeAll(async () => {
  world = await startQuotaWorld({ clock: () => now });
});
afterAll(() => world.close());

/** What an account's books must say, kept with plain numbers. */
class Model {
  readonly perDay: number;
  readonly perMonth: number;
  readonly open = new Map<string, Taken>();
  readonly asked = new Map<string, Taken>();
  used = new Map<string, number>();
  charged = new Map<string, number>();
  topUps = 0;
  takenBack = 0;
  /** Something that ended or was granted is not known to Redis yet. */
  late = false;
  constructor(perDay: number, perMonth: number) {
    this.perDay = perDay;
    this.perMonth = perMonth;
  }
  usedOn(day: string): number {
    return this.used.get(day) ?? 0;
  }
  usedIn(month: string): number {
    return [...this.used].reduce((sum, [day, images]) => (day.startsWith(month) ? sum + images : sum), 0);
  }
  room(day: string): number {
    return Math.min(this.perDay - this.usedOn(day), this.perMonth - this.usedIn(day.slice(0, 7)));
  }
  use(day: string, images: number): void {
    this.used.set(day, this.usedOn(day) + images);
  }
  take(taken: Taken): void {
    this.open.set(taken.id, taken);
    this.use(taken.day, taken.images - taken.topUp);
    this.topUps -= taken.topUp;
  }
  end(id: string, keep: number): void {
    const { images, topUp, day } = this.open.get(id) as Taken;
    this.open.delete(id);
    const back = images - Math.min(keep, images);
    const toTopUps = Math.min(topUp, back);
    this.topUps += toTopUps;
    this.use(day, toTopUps - back);
    this.charged.set(day, (this.charged.get(day) ?? 0) + images - topUp - (back - toTopUps));
  }
  grant(images: number): void {
    this.topUps += images;
    this.takenBack += Math.max(0, -images);
  }
  giveBack(day: string, images: number): void {
    this.use(day, -images);
    this.charged.set(day, (this.charged.get(day) ?? 0) - images);
  }
}

type Play = { account: Account; model: Model };
const picks = fc.nat(30);
const lose = fc.boolean();
const images = fc.integer({ min: 1, max: 4 });
const ask = fc.record({ type: fc.constant('ask' as const), images, process: fc.nat(1) });
const repeat = fc.record({ type: fc.constant('repeat' as const), pick: picks, process: fc.nat(1) });
const end = fc.record({ type: fc.constant('end' as const), pick: picks, keep: fc.nat(4), lose });
const cancel = fc.record({ type: fc.constant('cancel' as const), pick: picks });
const grant = fc.record({ type: fc.constant('grant' as const), images: fc.integer({ min: 1, max: 8 }), lose });
const takeBack = fc.record({ type: fc.constant('grant' as const), images: fc.integer({ min: -8, max: -1 }), lose });
const giveBack = fc.record({ type: fc.constant('giveBack' as const), images, hoursAgo: fc.nat(40) });
const empty = fc.record({ type: fc.constant('empty' as const) });
const action = fc.oneof(
  { weight: 6, arbitrary: ask },
  { weight: 1, arbitrary: repeat },
  { weight: 4, arbitrary: end },
  { weight: 2, arbitrary: cancel },
  { weight: 2, arbitrary: grant },
  { weight: 1, arbitrary: takeBack },
  { weight: 1, arbitrary: giveBack },
  { weight: 1, arbitrary: empty },
);
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;
const round = fc.oneof(
  // Requests that meet, whose order nobody knows; and anything at once; and time.
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant('crowd' as const),
      asks: fc.array(ask, { minLength: 1, maxLength: 6 }),
      emptied: fc.boolean(),
    }),
  },
  { weight: 6, arbitrary: fc.record({ type: fc.constant('one' as const), action }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('mixed' as const),
      actions: fc.array(action, { minLength: 2, maxLength: 8 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('later' as const), hours: fc.integer({ min: 1, max: 60 }) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('catchUp' as const) }) },
);
const history = fc.record({
  begin: fc.constantFrom(
    '2028-02-28T20:00:00Z',
    '2026-12-30T22:30:00Z',
    '2027-02-27T23:59:00Z',
    '2026-10-24T23:30:00Z',
  ),
  perDay: fc.integer({ min: 1, max: 8 }),
  perMonth: fc.integer({ min: 1, max: 12 }),
  rounds: fc.array(round, { minLength: 3, maxLength: 16 }),
});

it('keeps the books as a simple model does, and never overspends, whatever happens', { timeout: 600_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(history, async ({ begin, perDay, perMonth, rounds }) => {
      now = new Date(begin);
      const plan = await makePlan(world.core, { perDay, perMonth });
      const { account } = await makeMember(world.core, { plan });
      const play = { account, model: new Model(perDay, perMonth) };
      for (const each of rounds) {
        if (each.type === 'crowd') await playCrowd(play, each);
        else if (each.type === 'one') await playAll(play, [each.action]);
        else if (each.type === 'mixed') await playAll(play, each.actions);
        else if (each.type === 'later') now = new Date(now.getTime() + each.hours * hourMs);
        else await catchUp(play);
        await compare(play);
      }
      await catchUp(play);
      const [today, month, topUps] = await world.counted(account, dayOf(now));
      // A request makes counters anew if they were lost; where there are some, they are right.
      if (today !== null) expect(today).toBe(play.model.usedOn(dayOf(now)));
      if (month !== null) expect(month).toBe(play.model.usedIn(dayOf(now).slice(0, 7)));
      if (topUps !== null) expect(topUps).toBe(play.model.topUps);
    }),
    { numRuns: 150, endOnFailure: true },
  );
});

async function catchUp({ model }: Play): Promise<void> {
  await world.catchUp();
  model.late = false;
}

/** The ledger against the model. */
async function compare({ account, model }: Play): Promise<void> {
  const { daily, monthly, topUp } = await world.core.quotas.status(account.id, account.plan);
  const day = dayOf(now);
  expect({ daily: daily.used, monthly: monthly?.used, topUp: topUp.remaining }).toEqual({
    daily: model.usedOn(day),
    monthly: model.usedIn(day.slice(0, 7)),
    topUp: Math.max(0, model.topUps),
  });
}

/** Requests at once and nothing else: whatever their order, all that there is room for is given, and the plan first. */
async function playCrowd(
  { account, model }: Play,
  { asks, emptied }: { asks: { images: number; process: number }[]; emptied: boolean },
): Promise<void> {
  const isKnown = !emptied && (await world.isKnown(account));
  const answers = asks.map(({ images, process }) => world.ask(account, images, process));
  if (emptied) await world.empty();
  const day = dayOf(now);
  const [room, topUps] = [Math.max(0, model.room(day)), Math.max(0, model.topUps)];
  const told = await Promise.all(answers);
  const taken = told.flatMap((answer) => (answer.taken ? [answer.taken] : []));
  for (const each of taken) {
    expect(each.day).toBe(day);
    model.take(each);
  }
  const fromPlan = taken.reduce((sum, { images, topUp }) => sum + images - topUp, 0);
  const fromTopUps = taken.reduce((sum, { topUp }) => sum + topUp, 0);
  expect(fromPlan).toBeLessThanOrEqual(room);
  expect(fromTopUps).toBeLessThanOrEqual(topUps);
  if (model.late) return;
  // A rebuild voids what is reserved and not written yet, on which others may have been refused.
  if (!isKnown && asks.length > 1) return;
  if (fromTopUps) expect(fromPlan).toBe(room);
  const left = room - fromPlan + topUps - fromTopUps;
  for (const [index, { refusal }] of told.entries()) {
    if (!refusal) continue;
    expect(asks[index]?.images).toBeGreaterThan(left);
    if (told.length > 1) continue;
    const byMonth = model.perMonth - model.usedIn(day.slice(0, 7)) <= model.perDay - model.usedOn(day);
    expect([refusal.limit, refusal.remaining, refusal.top_up_remaining ?? 0]).toEqual([
      byMonth ? 'monthly' : 'daily',
      room,
      topUps,
    ]);
  }
}

/** Anything at once: in the end the books say what became of each, and nothing was overspent. */
async function playAll(play: Play, actions: readonly Action[]): Promise<void> {
  const { model } = play;
  const [day, before, takenBack] = [dayOf(now), Math.min(0, model.topUps), model.takenBack];
  const open = [...model.open.values()];
  const results = await Promise.all(actions.map((each) => playOne(play, each, open)));
  for (const apply of results) apply?.();
  expect(model.usedOn(day)).toBeLessThanOrEqual(model.perDay);
  expect(model.usedIn(day.slice(0, 7))).toBeLessThanOrEqual(model.perMonth);
  expect(model.topUps).toBeGreaterThanOrEqual(before - (model.takenBack - takenBack));
}

/** Does it, and answers what that means for the model. */
async function playOne(
  { account, model }: Play,
  action: Action,
  open: readonly Taken[],
): Promise<(() => void) | undefined> {
  switch (action.type) {
    case 'ask': {
      const requestId = crypto.randomUUID();
      const { taken } = await world.ask(account, action.images, action.process, requestId);
      if (taken)
        return () => {
          model.asked.set(requestId, taken);
          model.take(taken);
        };
      return;
    }
    case 'repeat': {
      const [requestId, first] = [...model.asked][action.pick] ?? [];
      if (!requestId || !first) return;
      // Asking again takes nothing more, also when it has long ended.
      const { taken, refusal } = await world.ask(account, first.images, action.process, requestId);
      expect(refusal ? first : taken).toEqual(first);
      return;
    }
    case 'end': {
      const chosen = open[action.pick];
      if (!chosen) return;
      const keep = Math.min(action.keep, chosen.images);
      if (!(await world.end(chosen.id, keep, action))) return;
      return () => {
        model.end(chosen.id, keep);
        model.late ||= action.lose;
      };
    }
    case 'cancel': {
      const chosen = open[action.pick];
      if (!chosen || !(await world.cancel(account, chosen.id))) return;
      return () => {
        if (model.open.has(chosen.id)) model.end(chosen.id, 0);
        // Its news reaches Redis in the background.
        model.late = true;
      };
    }
    case 'grant':
      await world.grant(account, action.images, action);
      return () => {
        model.grant(action.images);
        model.late ||= action.lose;
      };
    case 'giveBack': {
      const day = dayOf(new Date(now.getTime() - action.hoursAgo * hourMs));
      const given = await world.core.quotas.giveBack({ accountId: account.id, day, images: action.images, note: '' });
      return () => {
        expect(given).toBeLessThanOrEqual(action.images);
        model.giveBack(day, given);
        expect(model.charged.get(day) ?? 0).toBeGreaterThanOrEqual(0);
      };
    }
    case 'empty':
      await world.empty();
      return;
  }
}
