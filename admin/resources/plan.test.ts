import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeMember, makePlan } from '../../test/support/core.ts';
import { type Panel, startPanel } from '../../test/support/panel.ts';

let panel: Panel;
beforeAll(async () => {
  panel = await startPanel();
});
afterAll(() => panel.close());

test('a plan that is changed holds at the next request; an empty month means no limit', async () => {
  const { core } = panel;
  const slug = await makePlan(core, { perDay: 20, perMonth: 5 });
  const { userId } = await makeMember(core, { plan: slug });
  expect((await core.accounts.find('web', userId))?.plan).toMatchObject({ perDay: 20, perMonth: 5 });
  const answer = await panel.ask(`/api/resources/Plan/records/${slug}/edit`, {
    form: { perDay: '3', perMonth: '', slug: 'other', createdAt: '2000-01-01' },
  });
  expect(answer.body.notice).toMatchObject({ type: 'success' });
  expect((await core.accounts.find('web', userId))?.plan).toMatchObject({ slug, perDay: 3, perMonth: null });
});

test('whoever edits what somebody else changed meanwhile is told so, and undoes nothing', async () => {
  const slug = await makePlan(panel.core, { perDay: 20, perMonth: 5 });
  const open = async () => (await panel.ask(`/api/resources/Plan/records/${slug}/edit`)).body.record.params;
  const save = (form: Record<string, string>) =>
    panel.ask(`/api/resources/Plan/records/${slug}/edit`, { as: 'operator', form });
  const [mine, theirs] = [await open(), await open()];
  expect((await save({ perDay: '30', updatedAt: theirs.updatedAt })).body.notice).toMatchObject({ type: 'success' });
  const late = await save({ perDay: '20', perMonth: '7', updatedAt: mine.updatedAt });
  expect(late.body.notice).toMatchObject({ type: 'error', message: 'fault_changed' });
  expect((await open()).perDay).toBe(30);
  const again = await save({ perMonth: '7', updatedAt: (await open()).updatedAt });
  expect(again.body.notice).toMatchObject({ type: 'success' });
  expect(await open()).toMatchObject({ perDay: 30, perMonth: 7 });
});

test('what becomes of plans is on record, and what was refused too', async () => {
  const limits = { perDay: '1', perMinute: '1', cooldownSeconds: '0', concurrent: '1', priority: '50' };
  const make = () =>
    panel.ask('/api/resources/Plan/actions/new', { as: 'operator', form: { slug: 'seen', name: 'Seen', ...limits } });
  await make();
  await make();
  await panel.ask('/api/resources/Plan/records/seen/edit', { as: 'operator', form: { perDay: '2' } });
  await panel.ask('/api/resources/Plan/records/seen/delete', { as: 'operator', method: 'POST' });
  const entries = await panel.core.database.prisma.auditEntry.findMany({
    where: { subjectType: 'Plan', subjectId: 'seen' },
    orderBy: { id: 'asc' },
  });
  expect(entries.map(({ actorId }) => actorId)).toEqual(entries.map(() => panel.ids.operator));
  expect(entries.map(({ action, before, after }) => ({ action, before, after }))).toMatchObject([
    { action: 'Plan.new', before: { gone: true }, after: { name: 'Seen', perDay: 1 } },
    { action: 'Plan.new', before: { name: 'Seen' }, after: { failed: expect.any(String) } },
    { action: 'Plan.edit', before: { perDay: 1 }, after: { perDay: 2 } },
    { action: 'Plan.delete', before: { perDay: 2 }, after: { gone: true } },
  ]);
});

test('what makes no sense in a plan is refused beside its field', async () => {
  const slug = await makePlan(panel.core, {});
  const edit = (form: Record<string, string>) => panel.ask(`/api/resources/Plan/records/${slug}/edit`, { form });
  for (const [form, fault] of [
    [{ perDay: '' }, 'fault_required'],
    [{ perDay: 'many' }, 'fault_whole_number'],
    [{ perDay: '99999999999' }, 'fault_whole_number'],
    [{ perDay: '-1' }, 'fault_not_negative'],
    [{ name: 'x'.repeat(65) }, 'fault_too_long'],
  ] as const) {
    const { record } = (await edit(form)).body;
    expect(Object.values(record.errors)).toEqual([expect.objectContaining({ message: fault })]);
  }
  expect(await panel.core.database.prisma.plan.findUnique({ where: { slug } })).toMatchObject({ perDay: 20 });
});

test('plans are made and removed, unless somebody needs them', async () => {
  const limits = { perDay: '1', perMinute: '1', cooldownSeconds: '0', concurrent: '1', priority: '50' };
  const make = (slug: string) =>
    panel.ask('/api/resources/Plan/actions/new', { form: { slug, name: 'Tiny', ...limits } });
  expect((await make('tiny')).body.notice).toMatchObject({ type: 'success' });
  expect((await make('tiny')).body.record.errors.slug).toMatchObject({ message: 'fault_taken' });
  expect((await make('No Slug!')).body.record.errors.slug).toMatchObject({ message: 'fault_slug' });
  const remove = (slug: string) => panel.ask(`/api/resources/Plan/records/${slug}/delete`, { method: 'POST' });
  await makeMember(panel.core, { plan: 'tiny' });
  expect((await remove('tiny')).body.notice).toMatchObject({ type: 'error', message: 'fault_in_use' });
  expect((await remove('free')).body.notice).toMatchObject({ type: 'error' });
  await panel.core.database.prisma.account.updateMany({ where: { planSlug: 'tiny' }, data: { planSlug: 'free' } });
  expect((await remove('tiny')).body.notice).toMatchObject({ type: 'success' });
  expect(await panel.core.database.prisma.plan.count({ where: { slug: { in: ['tiny', 'free'] } } })).toBe(1);
});
