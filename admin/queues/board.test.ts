import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Panel, startPanel } from '../../test/support/panel.ts';

let panel: Panel;
beforeAll(async () => {
  panel = await startPanel();
  // The panel loads with its first visitor.
  await panel.ask('/queues/');
}, 60_000);
afterAll(() => panel.close());

const act = (path: string, as: 'operator' | 'viewer', method = 'PUT') =>
  panel.ask(`/queues/api${path}`, { as, method });
const audited = () =>
  panel.core.database.prisma.auditEntry.findMany({ where: { subjectType: 'Queue' }, orderBy: { id: 'asc' } });

test('shows every queue, what is on the calendar, and ids only', async () => {
  panel.core.startWorker();
  // The calendar is written once the worker has begun.
  await expect
    .poll(async () => (await panel.ask('/queues/api/job-schedulers')).text, { timeout: 10_000 })
    .toContain('*/10 * * * *');
  const { status, body } = await panel.ask('/queues/api/queues?activeQueue=usage&page=1');
  expect(status).toBe(200);
  expect(body.queues.map(({ name }: { name: string }) => name)).toEqual(
    expect.arrayContaining(['generation', 'usage', 'deliver-web']),
  );
});

test('its page asks no other server and runs no script but its own', async () => {
  const response = await fetch(`${panel.base}/queues/`, { headers: { 'x-role': 'operator' } });
  const html = await response.text();
  expect(response.headers.get('content-security-policy')).toContain("script-src 'self';");
  expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
  expect(html).toContain('data-actions="Actions"');
  const [, script] = html.match(/src="(static\/js\/main[^"]+)"/) ?? [];
  expect((await panel.ask(`/queues/${script}`)).status).toBe(200);
});

test('nobody but staff sees it, viewers change nothing, and nobody writes what a job carries', async () => {
  expect((await panel.ask('/queues/api/queues', { as: null })).status).toBe(401);
  expect((await panel.ask('/queues/api/queues', { as: 'viewer' })).status).toBe(200);
  expect((await act('/queues/usage/pause', 'viewer')).status).toBe(403);
  expect((await act('/queues/usage/add', 'operator', 'POST')).status).toBe(403);
  expect((await act('/queues/usage/1/update-data', 'operator', 'PATCH')).status).toBe(403);
  expect(await audited()).toEqual([]);
});

test('what an operator does is done and recorded, and so is what did not work', async () => {
  expect((await act('/queues/usage/pause', 'operator')).status).toBe(200);
  const { body } = await panel.ask('/queues/api/queues');
  expect(body.queues.find(({ name }: { name: string }) => name === 'usage').isPaused).toBe(true);
  expect((await act('/queues/usage/resume', 'operator')).status).toBe(200);
  expect((await act('/queues/usage/no-such-job/promote', 'operator')).status).toBe(404);
  // Their ends are written once the answers have left.
  await expect.poll(async () => (await audited()).filter(({ after }) => after).length).toBe(3);
  expect(await audited()).toMatchObject([
    { action: 'queue.pause', subjectId: 'usage', actorName: 'operator@example.com', after: {} },
    { action: 'queue.resume', subjectId: 'usage' },
    { action: 'queue.promote', subjectId: 'usage/no-such-job', after: { failed: 'answered 404' } },
  ]);
});

test('says so in a sentence while Redis is away', async () => {
  const away = await startPanel();
  await away.cutRedis();
  const page = await away.ask('/queues/');
  expect(page.status).toBe(503);
  expect(page.text).toContain('Redis does not answer');
  const answer = await away.ask('/queues/api/queues');
  expect([answer.status, answer.body.error]).toEqual([503, page.text]);
  await away.close();
}, 60_000);
