import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Panel, startPanel } from '../../test/support/panel.ts';

let panel: Panel;
beforeAll(async () => {
  panel = await startPanel();
});
afterAll(() => panel.close());

const stop = (form: Record<string, string>, as: 'operator' | 'viewer' = 'operator') =>
  panel.ask('/api/resources/Pause/actions/pause', { as, form });

test('an operator stops sales and lets them go on, and both are on record', async () => {
  const { core } = panel;
  const done = await stop({ target: 'sales', message: 'Back at six.', reason: 'prices are wrong' });
  expect(done.body.notice).toMatchObject({ type: 'success' });
  await expect(core.pauses.check('sales')).rejects.toMatchObject({
    code: 'paused',
    values: { message: 'Back at six.' },
  });
  const resumed = await panel.ask('/api/resources/Pause/records/sales/resume', { as: 'operator', method: 'POST' });
  expect(resumed.body.notice).toMatchObject({ type: 'success' });
  await expect(core.pauses.check('sales')).resolves.toBeUndefined();
  const entries = await core.database.prisma.auditEntry.findMany({ orderBy: { id: 'asc' } });
  expect(entries.map(({ action, reason }) => ({ action, reason }))).toEqual([
    { action: 'Pause.pause', reason: 'prices are wrong' },
    { action: 'Pause.resume', reason: '' },
  ]);
  expect(entries[0]).toMatchObject({ before: { paused: false }, after: { paused: true, message: 'Back at six.' } });
});

test('what is missing or unknown is told at its field, and viewers stop nothing', async () => {
  const empty = await stop({ target: 'sales' });
  expect(empty.body.errors ?? empty.body.record?.errors).toHaveProperty('message');
  const unknown = await stop({ target: 'everything', message: 'x' });
  expect(unknown.body.errors ?? unknown.body.record?.errors).toHaveProperty('target');
  expect((await stop({ target: 'sales', message: 'x' }, 'viewer')).status).toBe(403);
  expect(await panel.core.pauses.list()).toEqual([]);
});
