import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeMember, makePlan } from '../../test/support/core.ts';
import { type QuotaWorld, startQuotaWorld } from '../../test/support/quota-world.ts';
import { dayOf, endOfDay, endOfMonth, monthOf } from '../clock.ts';

// The tests' own time zone is put back after each.
const ownZone = process.env.TZ;
afterEach(() => {
  if (ownZone === undefined) delete process.env.TZ;
  else process.env.TZ = ownZone;
});

/** Time zones of the process, and a moment at which each is not UTC. */
const zones: [string, number][] = [
  ['UTC', 0],
  ['Europe/Berlin', -120],
  ['America/New_York', 240],
  ['Pacific/Kiritimati', -840],
];

function moveTo(zone: string, offset: number): void {
  process.env.TZ = zone;
  expect(new Date('2028-07-01T00:00:00Z').getTimezoneOffset()).toBe(offset);
}

describe.each(zones)('in a process in %s', (zone, offset) => {
  it('names days and months, and their ends, in UTC', () => {
    moveTo(zone, offset);
    const century = {
      min: new Date('2026-01-01T00:00:00Z'),
      max: new Date('2126-01-01T00:00:00Z'),
      noInvalidDate: true,
    };
    fc.assert(
      fc.property(fc.date(century), (at) => {
        const [nextDay, nextMonth] = [endOfDay(at), endOfMonth(at)];
        expect(nextDay.getTime() % 86_400_000).toBe(0);
        expect(nextDay.getTime() - at.getTime()).toBeGreaterThan(0);
        expect(nextDay.getTime() - at.getTime()).toBeLessThanOrEqual(86_400_000);
        // The last moment of a period still has its name, and the next one another.
        const before = (end: Date) => new Date(end.getTime() - 1);
        expect([dayOf(before(nextDay)), monthOf(before(nextMonth))]).toEqual([dayOf(at), monthOf(at)]);
        expect(dayOf(nextDay) > dayOf(at)).toBe(true);
        expect(dayOf(nextMonth)).toBe(`${monthOf(nextMonth)}-01`);
        expect(nextMonth.getTime() - at.getTime()).toBeLessThanOrEqual(31 * 86_400_000);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('the quota', () => {
  let now: Date;
  let world: QuotaWorld;
  beforeAll(async () => {
    now = new Date('2027-01-01T00:00:00Z');
    world = await startQuotaWorld({ clock: () => now });
  });
  afterAll(() => world.close());

  /** The moment before a period ends, what ends, and what is refused in the next one after three more images. */
  const edges: [string, string, string][] = [
    ['the end of a month', '2027-04-30T23:59:59.999Z', '2027-05-01T00:00:00Z'],
    ['the end of a year', '2026-12-31T23:59:59.999Z', '2027-01-01T00:00:00Z'],
    ['February without a leap day', '2027-02-28T23:59:59.999Z', '2027-03-01T00:00:00Z'],
    ['a leap day', '2028-02-29T23:59:59.999Z', '2028-03-01T00:00:00Z'],
    ['the day after the clocks of Europe go back', '2027-10-31T23:59:59.999Z', '2027-11-01T00:00:00Z'],
  ];

  it.each(zones.flatMap(([zone, offset]) => edges.map((edge) => [zone, offset, ...edge] as const)))(
    'in %s (%i min) is new after %s',
    async (zone, offset, _name, last, first) => {
      moveTo(zone, offset);
      const plan = await makePlan(world.core, { perDay: 3, perMonth: 3 });
      const { account } = await makeMember(world.core, { plan });
      now = new Date(last);
      const { taken } = await world.ask(account, 3, 0);
      expect(taken?.day).toBe(last.slice(0, 10));
      const full = { limit: 'monthly', used: 3, resets_at: new Date(first).toISOString() };
      expect((await world.ask(account, 1, 1)).refusal).toMatchObject(full);
      await world.empty();
      expect((await world.ask(account, 1, 1)).refusal).toMatchObject(full);
      now = new Date(first);
      const next = await world.ask(account, 3, 0);
      expect(next.taken?.day).toBe(first.slice(0, 10));
      // What was taken before goes back to where it came from, and opens nothing here.
      await world.end(taken?.id ?? '', 1);
      await world.empty();
      expect((await world.ask(account, 1, 0)).refusal).toMatchObject({ limit: 'monthly', used: 3 });
      now = new Date(last);
      const { monthly, daily } = await world.core.quotas.status(account.id, account.plan);
      expect([monthly?.used, daily.used]).toEqual([1, 1]);
      expect((await world.ask(account, 2, 1)).taken?.day).toBe(last.slice(0, 10));
    },
  );

  it.each([
    ['Europe/Berlin', -120, '2027-03-28T00:30:00Z', '2027-03-28T01:30:00Z'],
    ['Europe/Berlin', -120, '2027-10-31T00:30:00Z', '2027-10-31T01:30:00Z'],
    ['America/New_York', 240, '2027-03-14T06:30:00Z', '2027-03-14T07:30:00Z'],
    ['America/New_York', 240, '2027-11-07T05:30:00Z', '2027-11-07T06:30:00Z'],
  ])('in %s (%i min) goes on over the hour that is missing or twice at %s', async (zone, offset, before, after) => {
    moveTo(zone, offset);
    const { account } = await makeMember(world.core, { plan: await makePlan(world.core, { perDay: 4 }) });
    now = new Date(before);
    const first = await world.ask(account, 2, 0);
    now = new Date(after);
    const second = await world.ask(account, 2, 1);
    expect([first.taken?.day, second.taken?.day]).toEqual([before.slice(0, 10), before.slice(0, 10)]);
    await world.end(first.taken?.id ?? '', 0);
    await world.empty();
    expect((await world.ask(account, 2, 0)).taken).not.toBeNull();
    expect((await world.ask(account, 1, 1)).refusal).toMatchObject({ limit: 'daily', used: 4 });
    const created = await world.core.database.prisma.generation.findMany({
      where: { accountId: account.id },
      orderBy: { createdAt: 'asc' },
    });
    expect(created.map(({ createdAt }) => createdAt.toISOString())).toEqual(
      [before, after, after].map((at) => new Date(at).toISOString()),
    );
  });
});
