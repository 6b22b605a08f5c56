import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dayOf } from '../../../core/index.ts';
import { addCharged } from '../../../test/support/charge.ts';
import { makeMember } from '../../../test/support/core.ts';
import { deedsOf } from '../../../test/support/deeds.ts';
import { type Panel, type Staff, startPanel } from '../../../test/support/panel.ts';

let panel: Panel;
let deeds: ReturnType<typeof deedsOf>;
beforeAll(async () => {
  panel = await startPanel();
  deeds = deedsOf(panel);
});
afterAll(() => panel.close());

const success = expect.objectContaining({ type: 'success' });
const today = () => dayOf(new Date());
const member = async () => (await makeMember(panel.core)).account;
const send = (id: string, name: string, form?: Record<string, string>, as?: Staff) =>
  deeds.send('Account', id, name, form, as);
async function quota(id: string) {
  const { plan } = await panel.core.accounts.get(id);
  const { daily, topUp } = await panel.core.quotas.status(id, plan);
  return { plan: plan.slug, used: daily.used, extra: topUp.remaining };
}

describe('plans', () => {
  test('a plan is given for some days and holds at once, and is ended again', async () => {
    const { id } = await member();
    const form = await deeds.open('Account', id, 'grantPlan');
    const names = form.fields.map(({ name }: { name: string }) => name);
    expect(names).toEqual(['plan', 'days', 'until', 'reason']);
    expect(form.fields[0].choices).toContainEqual({ value: 'premium', label: 'Premium' });
    expect(form.facts).toEqual({ given: null, subscription: null });

    const given = await send(id, 'grantPlan', { plan: 'premium', days: '7' });
    expect(given.body.notice).toEqual(success);
    const account = await panel.core.accounts.get(id);
    expect(account.planSlug).toBe('premium');
    expect(Math.round(((account.planUntil?.getTime() ?? 0) - Date.now()) / 86_400_000)).toBe(7);
    expect((await send(id, 'endGrants')).body.notice).toEqual(success);
    expect((await panel.core.accounts.get(id)).planSlug).toBe('free');
    expect((await send(id, 'endGrants')).body.notice.message).toBe('There is nothing to do here.');

    const [failed, ended, granted] = await deeds.audit(id);
    expect(granted).toMatchObject({
      ...{ actorName: 'operator@example.com', action: 'Account.grantPlan', accountId: id, reason: 'asked by mail' },
      before: { entitledPlanSlug: null },
      after: { planSlug: 'free', entitledPlanSlug: 'premium' },
    });
    expect(ended).toMatchObject({ before: { entitledPlanSlug: 'premium' }, after: { entitledPlanSlug: null } });
    expect(failed).toMatchObject({ action: 'Account.endGrants', after: { failed: 'nothing_to_do' } });
  });

  test.each([
    ['no plan', { plan: '' }, 'plan', 'fault_required'],
    ['a plan that is none', { plan: 'gold' }, 'plan', /no longer there|no es|isn't|is not|found/i],
    ['a day that is over', { plan: 'premium', until: '2020-01-01' }, 'until', 'fault_to_come'],
    ['no day', { plan: 'premium', until: 'soon' }, 'until', 'fault_date'],
    ['both ends', { plan: 'premium', until: '2099-01-01', days: '3' }, 'days', 'fault_one_of_both'],
    ['no number', { plan: 'premium', days: 'many' }, 'days', 'fault_number'],
    ['half a day', { plan: 'premium', days: '1.5' }, 'days', 'fault_whole_number'],
    ['nothing', { plan: 'premium', days: '0' }, 'days', 'fault_positive'],
    ['for ever in days', { plan: 'premium', days: '99999' }, 'days', 'fault_too_much'],
  ])('%s is told at its field', async (_what, form, field, message) => {
    const { id } = await member();
    const { errors } = (await send(id, 'grantPlan', form)).body.record;
    expect(Object.keys(errors)).toEqual([field]);
    expect(errors[field].message).toMatch(message);
    expect((await panel.core.accounts.get(id)).planSlug).toBe('free');
  });
});

describe('images', () => {
  test('given images are counted at once; the member is told only if asked', async () => {
    const { id } = await member();
    const told = () => panel.core.database.prisma.notice.findMany({ where: { accountId: id } });
    expect((await send(id, 'giveImages', { images: '5' })).body.notice).toEqual(success);
    expect(await told()).toEqual([]);
    expect((await send(id, 'giveImages', { images: '2', tell: 'yes' })).body.notice).toEqual(success);
    expect(await told()).toMatchObject([{ key: 'images_given', values: { count: 2, balance: 7 } }]);
    expect(await quota(id)).toMatchObject({ extra: 7 });
    expect(await panel.core.quotas.movements(id, 1)).toMatchObject([{ kind: 'grant', note: 'asked by mail' }]);
    const [entry] = await deeds.audit(id);
    expect(entry).toMatchObject({ before: { extra: 5 }, after: { extra: 7 } });
    for (const images of ['0', '-3', '1.5', '', '1000001'])
      expect(Object.keys((await send(id, 'giveImages', { images })).body.record.errors)).toEqual(['images']);
    expect(await quota(id)).toMatchObject({ extra: 7 });
  });

  test('sent twice by one page, it is done once; by another page, again', async () => {
    const { id } = await member();
    const { key } = await deeds.open('Account', id, 'giveImages');
    const answers = await Promise.all([1, 2, 3].map(() => send(id, 'giveImages', { images: '5', key })));
    expect(answers.some(({ body }) => body.notice.type === 'success')).toBe(true);
    expect((await send(id, 'giveImages', { images: '5', key })).body.notice).toEqual(success);
    expect(await quota(id)).toMatchObject({ extra: 5 });
    expect(await deeds.audit(id)).toHaveLength(1);
    await send(id, 'giveImages', { images: '5', key: (await deeds.open('Account', id, 'giveImages')).key });
    expect(await quota(id)).toMatchObject({ extra: 10 });
  });

  test('some of a day is given back, the rest by a reset of today, and then there is nothing', async () => {
    const { id } = await member();
    const now = new Date();
    await addCharged(panel.core, id, [now, now, now]);
    const back = await send(id, 'giveBack', { day: today(), imagesOfDay: '2' });
    expect(back.body.notice).toMatchObject({ type: 'success', message: 'Given back: 2.' });
    expect(await quota(id)).toMatchObject({ used: 1 });
    expect((await send(id, 'resetToday')).body.notice.message).toBe('Given back: 1.');
    expect(await quota(id)).toMatchObject({ used: 0 });
    expect((await send(id, 'resetToday')).body.notice.type).toBe('error');
    const [, reset, given] = await deeds.audit(id);
    expect(given).toMatchObject({ before: { usedToday: 3 }, after: { usedToday: 1 } });
    expect(reset).toMatchObject({ action: 'Account.resetToday', after: { usedToday: 0 } });
    const wrong = await send(id, 'giveBack', { day: '21.11.2026' });
    expect(wrong.body.record.errors.day.message).toBe('fault_date');
  });

  test('an incident is weighed first, and made up for once', async () => {
    const { id } = await member();
    await addCharged(panel.core, id, [new Date('2026-03-05T10:00:00Z'), new Date('2026-03-05T11:30:00Z')]);
    const span = { from: '2026-03-05T09:00', to: '2026-03-05T11:00', as: 'extra' };
    expect((await send(id, 'makeUp', span)).body).toMatchObject({ weighed: { generations: 1, images: 1 } });
    expect(await quota(id)).toMatchObject({ extra: 0 });
    const done = await send(id, 'makeUp', { ...span, weighed: 'yes' });
    expect(done.body.notice.message).toBe('Given back: 1.');
    expect((await send(id, 'makeUp', { ...span, weighed: 'yes' })).body.notice.type).toBe('error');
    expect(await quota(id)).toMatchObject({ extra: 1 });
    const turned = await send(id, 'makeUp', { ...span, to: '2026-03-05T08:00' });
    expect(turned.body.record.errors.to.message).toBe('fault_after_from');

    const { id: other } = await member();
    await addCharged(panel.core, other, [new Date('2026-03-05T10:10:00Z')]);
    const all = await deeds.send('Account', null, 'makeUpToAll', span);
    expect(all.body.weighed).toEqual({ accounts: 1, generations: 1, images: 1 });
    const given = await deeds.send('Account', null, 'makeUpToAll', { ...span, weighed: 'yes' });
    expect(given.body).toMatchObject({ notice: success, redirectUrl: expect.stringContaining('/resources/Account') });
    expect(await quota(other)).toMatchObject({ extra: 1 });
    expect(await deeds.audit('everybody')).toMatchObject([
      { action: 'Account.makeUpToAll', before: { images: 1, from: '2026-03-05T09:00:00.000Z' }, after: { images: 0 } },
    ]);
  });
});
