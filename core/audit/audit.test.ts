import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { startTestCore, type TestCore } from '../../test/support/core.ts';

let service: TestCore;
let subject: { type: string; id: string };
beforeAll(async () => {
  service = await startTestCore();
});
beforeEach(() => {
  subject = { type: 'Thing', id: crypto.randomUUID() };
});
afterAll(() => service.close());

const deed = () => ({
  actor: { id: crypto.randomUUID(), email: 'olive@example.com' },
  ...{ action: 'Thing.change', subject, accountId: null, reason: 'asked by mail' },
});
const table = () => service.core.database.prisma.auditEntry;
const entries = (id = subject.id) => table().findMany({ where: { subjectId: id }, orderBy: { id: 'asc' } });

test('what was before stands there while it is done, and what is after once it ended', async () => {
  let state = 'old';
  const answer = await service.core.audit.act(
    deed(),
    async () => ({ state }),
    async () => {
      expect(await entries()).toMatchObject([{ before: { state: 'old' }, after: null, reason: 'asked by mail' }]);
      state = 'new';
      return 7;
    },
  );
  expect(answer).toBe(7);
  expect(await entries()).toMatchObject([{ before: { state: 'old' }, after: { state: 'new' } }]);
});

test('what fails is recorded as failed, and thrown', async () => {
  const failing = service.core.audit.act(
    deed(),
    async () => ({}),
    () => Promise.reject(new Error('no such luck')),
  );
  await expect(failing).rejects.toThrow('no such luck');
  expect(await entries()).toMatchObject([{ before: {}, after: { failed: 'no such luck' } }]);
});

test('an account that it was done to as much has an entry that ends as well', async () => {
  const other = { type: 'Thing', id: crypto.randomUUID() };
  await service.core.audit.act(
    { ...deed(), other },
    async () => ({ merged: true }),
    async () => {},
  );
  expect(await entries(other.id)).toMatchObject([{ accountId: other.id, after: { merged: true } }]);
});

test('a deed whose process is gone in the middle has left its entry', async () => {
  const never = new Promise<void>(() => {});
  let begun = false;
  void service.core.audit.act(
    deed(),
    async () => ({ state: 'old' }),
    () => {
      begun = true;
      return never;
    },
  );
  await vi.waitUntil(() => begun);
  expect(await entries()).toMatchObject([{ action: 'Thing.change', before: { state: 'old' }, after: null }]);
});

test('what cannot be recorded is not done', async () => {
  const work = vi.fn(async () => {});
  const unrecorded = { ...deed(), actor: { id: 'no uuid', email: 'olive@example.com' } };
  await expect(service.core.audit.act(unrecorded, async () => ({}), work)).rejects.toThrow();
  expect(work).not.toHaveBeenCalled();
  expect(await entries()).toEqual([]);
});

test('what was done is answered also when its end cannot be recorded', async () => {
  let looks = 0;
  const look = async () => {
    if (looks++) throw new Error('connection lost');
    return {};
  };
  expect(await service.core.audit.act(deed(), look, async () => 'done')).toBe('done');
  expect(await entries()).toMatchObject([{ after: null }]);
  expect(service.logged.join()).toContain('how a deed ended could not be recorded');
});

test('an entry is ended once, and nothing else of it ever changes', async () => {
  const entry = { actorId: crypto.randomUUID(), actorName: 'olive', action: 'Thing.change', subjectType: 'Thing' };
  const { id } = await table().create({ data: { ...entry, subjectId: subject.id, before: { state: 'old' } } });
  const refused = 'audit_entries is append-only';
  const where = { id };
  for (const data of [
    { reason: 'another' },
    { after: {}, reason: 'another' },
    { after: {}, before: {} },
    { after: {}, actorName: 'mallory' },
    { after: {}, createdAt: new Date(0) },
  ])
    await expect(table().update({ where, data })).rejects.toThrow(refused);
  await expect(table().delete({ where })).rejects.toThrow(refused);
  await table().update({ where, data: { after: { state: 'new' } } });
  await expect(table().update({ where, data: { after: { state: 'newer' } } })).rejects.toThrow(refused);
  await expect(table().delete({ where })).rejects.toThrow(refused);
  expect(await entries()).toMatchObject([{ actorName: 'olive', before: { state: 'old' }, after: { state: 'new' } }]);
});
