import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Panel, startPanel } from '../test/support/panel.ts';
import { fillPanel } from '../test/support/panel-world.ts';

let panel: Panel;
beforeAll(async () => {
  panel = await startPanel();
  await fillPanel(panel.core);
  // The panel loads with its first visitor.
  await panel.list('Generation');
}, 60_000);
afterAll(() => panel.close());

test('the figures are the sums of the rows they lead to', async () => {
  const { status, body } = await panel.ask('/overview/figures?days=30');
  expect(status).toBe(200);
  expect(body.days).toHaveLength(30);
  const sum = (name: string) =>
    body.days.reduce((total: number, day: Record<string, number>) => total + (day[name] ?? 0), 0);
  const since = `filters.createdAt~~from=${body.from}`;
  const count = async (resource: string, query: string) => (await panel.list(resource, query)).body.meta.total;
  expect(sum('requested')).toBe(await count('Generation', since));
  expect(sum('failed')).toBe(await count('Generation', `${since}&filters.state=failed`));
  expect(sum('newMembers')).toBe(await count('Account', since));
  for (const { cause, failed } of body.failures)
    expect(failed, cause).toBe(await count('Generation', `${since}&filters.errorCode="${cause}"`));
  for (const { id, requested } of body.members)
    expect(requested).toBe(await count('Generation', `${since}&filters.account=${id}`));
  expect(body.queue.waiting).toBe(await count('Generation', 'filters.view=waiting'));
  expect(await count('Generation', 'filters.view=toString')).toBe(0);
});

test('only staff see them, for the days that are offered', async () => {
  for (const path of ['/overview/figures', '/overview/health']) {
    expect((await panel.ask(path, { as: null })).status).toBe(401);
    expect((await panel.ask(path, { as: 'viewer' })).status).toBe(200);
    expect((await panel.ask(path, { method: 'POST' })).status).toBe(404);
  }
  for (const days of ['8', '0', '-1', '1e9', 'x'])
    expect((await panel.ask(`/overview/figures?days=${days}`)).status).toBe(400);
});

test('the plots come from this server', async () => {
  const { status, text } = await panel.ask('/frontend/assets/chart.js');
  expect(status).toBe(200);
  expect(text).toContain('Chart.js v4');
});
