import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Panel, startPanel } from '../../test/support/panel.ts';

let panel: Panel;
beforeAll(async () => {
  panel = await startPanel();
});
afterAll(() => panel.close());

const make = (form: Record<string, string>) =>
  panel.ask('/api/resources/Pack/actions/new', { as: 'operator', form: { slug: 'box', name: 'A box', ...form } });
const act = (action: 'edit' | 'delete', form?: Record<string, string>) =>
  panel.ask(`/api/resources/Pack/records/box/${action}`, { as: 'operator', method: 'POST', ...(form ? { form } : {}) });
const stored = () => panel.core.database.prisma.pack.findUnique({ where: { slug: 'box' } });

test('a pack is made, put on sale, taken off it and deleted, and all of it is on record', async () => {
  expect((await make({ images: '0' })).body.record.errors.images).toMatchObject({ message: 'fault_positive' });
  expect((await make({ images: '5', stripePriceId: '9 dollars' })).body.record.errors).toMatchObject({
    stripePriceId: { message: 'fault_price' },
  });
  expect((await make({ images: '50' })).body.notice).toMatchObject({ type: 'success' });
  expect(await stored()).toMatchObject({ images: 50, stripePriceId: null });
  expect((await act('edit', { stripePriceId: 'price_1', slug: 'other' })).body.notice).toMatchObject({
    type: 'success',
  });
  expect(await stored()).toMatchObject({ images: 50, stripePriceId: 'price_1' });
  await act('edit', { stripePriceId: '' });
  expect(await stored()).toMatchObject({ stripePriceId: null });
  expect((await act('delete')).body.notice).toMatchObject({ type: 'success' });
  expect(await stored()).toBeNull();
  const entries = await panel.core.database.prisma.auditEntry.findMany({
    where: { subjectType: 'Pack', subjectId: 'box' },
    orderBy: { id: 'asc' },
  });
  // What a form's fields refuse is not even tried.
  expect(entries.map(({ action, after }) => [action, after])).toMatchObject([
    ['Pack.new', { images: 50, stripePriceId: null }],
    ['Pack.edit', { stripePriceId: 'price_1' }],
    ['Pack.edit', { stripePriceId: null }],
    ['Pack.delete', { gone: true }],
  ]);
});

test('what somebody else changed meanwhile is not overwritten', async () => {
  await make({ images: '50' });
  const seen = (await panel.ask('/api/resources/Pack/records/box/edit')).body.record.params.updatedAt;
  await act('edit', { images: '60', updatedAt: seen });
  expect((await act('edit', { images: '70', updatedAt: seen })).body.notice).toMatchObject({
    message: 'fault_changed',
  });
  expect(await stored()).toMatchObject({ images: 60 });
});
