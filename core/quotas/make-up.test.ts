import { afterAll, beforeAll, expect, test } from 'vitest';
import { addCharged } from '../../test/support/charge.ts';
import { makeMember, startTestCore, type TestCore } from '../../test/support/core.ts';

let service: TestCore;
const now = new Date('2026-11-21T12:00:00Z');
const at = (time: string) => new Date(`2026-11-21T${time}:00Z`);
beforeAll(async () => {
  service = await startTestCore({ clock: () => now });
});
afterAll(() => service.close());

async function standing(accountId: string) {
  const { plan } = await service.core.accounts.get(accountId);
  const { daily, topUp } = await service.core.quotas.status(accountId, plan);
  return { used: daily.used, extra: topUp.remaining };
}

test('what succeeded in a span comes back once, to where it was taken from, however spans overlap', async () => {
  const { core } = service;
  const { account } = await makeMember(core);
  const { account: other } = await makeMember(core);
  await core.quotas.grant({ accountId: account.id, images: 3 });
  await addCharged(core, account.id, [at('09:00'), at('09:30'), at('10:30')], { topUp: 1 });
  await addCharged(core, other.id, [at('09:10')]);
  expect(await standing(account.id)).toEqual({ used: 2, extra: 2 });

  const morning = { from: at('09:00'), to: at('10:00'), accountId: account.id };
  expect(await core.quotas.weigh(morning)).toEqual({ accounts: 1, generations: 2, images: 2 });
  const made = await Promise.all(
    [1, 2, 3].map(() => core.quotas.makeUp({ ...morning, as: 'quota', note: 'the outage' })),
  );
  expect(made.map(({ images }) => images).sort()).toEqual([0, 0, 2]);
  expect(await standing(account.id)).toEqual({ used: 1, extra: 3 });
  expect(await standing(other.id)).toEqual({ used: 1, extra: 0 });

  // Everybody, for longer: what came back already does not come back again.
  const wide = { from: at('08:00'), to: at('11:00'), accountId: null };
  expect(await core.quotas.weigh(wide)).toEqual({ accounts: 2, generations: 2, images: 2 });
  expect(await core.quotas.makeUp({ ...wide, as: 'quota', note: '' })).toMatchObject({ images: 2 });
  expect(await core.quotas.makeUp({ ...wide, as: 'extra', note: '' })).toMatchObject({ images: 0 });
  expect(await standing(account.id)).toEqual({ used: 0, extra: 3 });
  const movements = await core.quotas.movements(account.id, 10);
  expect(movements.find(({ kind, note }) => kind === 'refund' && note === 'the outage')).toMatchObject({
    images: 1,
    ref: expect.stringMatching(/^.{8}$/),
  });
});

test('a day gives back no more than is left of what it cost', async () => {
  const { core } = service;
  const { account } = await makeMember(core);
  await addCharged(core, account.id, [at('09:00'), at('09:01'), at('09:02')]);
  expect(await core.quotas.giveBack({ accountId: account.id, day: '2026-11-21', images: 2, note: 'two' })).toBe(2);
  const span = { from: at('09:00'), to: at('10:00'), accountId: account.id };
  expect(await core.quotas.makeUp({ ...span, as: 'quota', note: '' })).toMatchObject({ images: 1 });
  expect(await standing(account.id)).toEqual({ used: 0, extra: 0 });
  // And what came back this way is not given back once more.
  expect(await core.quotas.giveBack({ accountId: account.id, day: '2026-11-21', images: 9, note: 'again' })).toBe(0);
});

test('as extra images it is worth something after that day too', async () => {
  const { core } = service;
  const { account } = await makeMember(core);
  await addCharged(core, account.id, [new Date('2026-11-02T09:00:00Z'), new Date('2026-11-03T09:00:00Z')]);
  const span = { from: new Date('2026-11-01T00:00:00Z'), to: at('00:00'), accountId: account.id };
  expect(await core.quotas.makeUp({ ...span, as: 'extra', note: 'sorry' })).toEqual({
    ...{ accounts: 1, generations: 2, images: 2 },
  });
  expect(await standing(account.id)).toEqual({ used: 0, extra: 2 });
  // The counters that decide about requests know it too.
  const { plan } = await core.accounts.get(account.id);
  const receipt = await core.quotas.peek({ accountId: account.id, limits: plan, key: null });
  expect(receipt).toMatchObject({ top_up_remaining: 2 });
});
