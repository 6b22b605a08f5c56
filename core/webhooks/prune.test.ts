import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeMember, startTestCore, type TestCore } from '../../test/support/core.ts';
import { createPrune } from './prune.ts';

let service: TestCore;
let endpointId: string;
const now = new Date('2026-11-21T12:00:00Z');
const daysAgo = (days: number) => new Date(now.getTime() - days * 86_400_000);

beforeAll(async () => {
  service = await startTestCore({ clock: () => now });
  const { account } = await makeMember(service.core);
  const { endpoints } = service.core.webhooks;
  endpointId = (await endpoints.create(account.id, { url: 'https://example.com/hook' })).endpoint.id;
});
afterAll(() => service.close());

/** So many events that came `days` ago and ended, each with one try; null for one that still waits. */
async function keep(count: number, finishedAt: Date | null, days: number): Promise<string[]> {
  const { webhookDelivery, webhookAttempt } = service.core.database.prisma;
  const rows = Array.from({ length: count }, () => ({
    id: crypto.randomUUID(),
    endpointId,
    eventId: `evt_${crypto.randomUUID()}`,
    type: 'generation.succeeded',
    generationId: crypto.randomUUID(),
    state: finishedAt ? ('abandoned' as const) : ('pending' as const),
    nextAttemptAt: daysAgo(days),
    createdAt: daysAgo(days),
    finishedAt,
  }));
  await webhookDelivery.createMany({ data: rows });
  const tried = rows.map(({ id }) => ({ deliveryId: id, status: 500, durationMs: 5, createdAt: daysAgo(days) }));
  await webhookAttempt.createMany({ data: tried });
  return rows.map(({ id }) => id);
}

test('what ended 30 days ago is deleted with its tries, and nothing else', async () => {
  await keep(2_001, daysAgo(30.01), 31);
  const fresh = await keep(2, daysAgo(29.9), 31);
  const waiting = await keep(1, null, 90);
  const prune = createPrune({ database: service.core.database, clock: () => now });
  // Two processes at once get in each other's way no more than that they share the work.
  const counts = await Promise.all([prune(), prune()]);
  expect(counts[0] + counts[1]).toBe(2_001);
  const { webhookDelivery, webhookAttempt } = service.core.database.prisma;
  const left = await webhookDelivery.findMany({ select: { id: true } });
  expect(left.map(({ id }) => id).sort()).toEqual([...fresh, ...waiting].sort());
  expect(await webhookAttempt.count()).toBe(3);
});

test('the sweep does it', async () => {
  const [old] = await keep(1, daysAgo(31), 31);
  await service.core.sweepOnce();
  expect(await service.core.database.prisma.webhookDelivery.count({ where: { id: old as string } })).toBe(0);
});
