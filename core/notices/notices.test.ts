import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeMember, startTestCore, type TestCore } from '../../test/support/core.ts';
import type { PendingNotice } from './notice.ts';

let test: TestCore;
const begin = async () => {
  test = await startTestCore();
};
const end = () => test?.close();

const prisma = () => test.core.database.prisma;
const subject = () => `test:${crypto.randomUUID()}`;
const broadcast = (accountId: string, more: object = {}) => ({
  accountId,
  subject: subject(),
  key: 'broadcast' as const,
  values: { text: 'Tomorrow we are away for an hour' },
  ...more,
});
const find = (about: string) => prisma().notice.findUniqueOrThrow({ where: { subject: about } });

async function link(accountId: string, platform: 'discord' | 'telegram' | 'web', createdAt = new Date()) {
  const platformUserId = crypto.randomUUID();
  await prisma().identity.create({
    data: { id: crypto.randomUUID(), platform, platformUserId, accountId, createdAt },
  });
  return platformUserId;
}

/** Someone whose newest chat is on Telegram and who was linked on Discord and the web before. */
async function makeTraveller() {
  const { account, userId: web } = await makeMember(test.core);
  const discord = await link(account.id, 'discord', new Date(Date.now() + 1_000));
  const telegram = await link(account.id, 'telegram', new Date(Date.now() + 2_000));
  return { id: account.id, web, discord, telegram };
}

/** A picture that was asked for; without an address, over REST. */
async function ask(accountId: string, replyTo: object | undefined, { locale = 'en', createdAt = new Date() } = {}) {
  await prisma().generation.create({
    data: {
      id: crypto.randomUUID(),
      ref: crypto.randomUUID().slice(0, 8),
      accountId,
      source: 'test',
      requestId: crypto.randomUUID(),
      prompt: 'a fox',
      model: 'sandbox',
      provider: 'sandbox',
      aspectRatio: '1:1',
      count: 1,
      seed: 1,
      locale,
      priority: 100,
      state: 'cancelled',
      createdAt,
      finishedAt: createdAt,
      ...(replyTo ? { replyTo } : {}),
    },
  });
}

describe('a notice', () => {
  beforeAll(begin);
  afterAll(end);

  it('is written once a subject, however many tell it at once', async () => {
    const { account } = await makeMember(test.core);
    const notice = broadcast(account.id);
    const told = await Promise.all(Array.from({ length: 20 }, () => test.core.notices.tell(notice)));
    expect(told.filter((each) => each === true)).toHaveLength(1);
    expect(told.filter((each) => each === false)).toHaveLength(19);
    expect(await prisma().notice.count({ where: { subject: notice.subject } })).toBe(1);
  });

  it('is not written for someone without a chat', async () => {
    const id = crypto.randomUUID();
    await prisma().account.create({ data: { id, email: `${id}@example.com` } });
    const notice = broadcast(id);
    expect(await test.core.notices.tell(notice)).toBeNull();
    expect(await test.core.notices.tell({ ...broadcast(id), replyTo: { platform: 'web', visitorId: 'x' } })).toBeNull();
    expect(await prisma().notice.count({ where: { accountId: id } })).toBe(0);
  });

  it('goes to the chat that it is an answer to, in its language', async () => {
    const { id, discord } = await makeTraveller();
    const replyTo = { platform: 'discord' as const, userId: discord, locale: 'es', token: 'a token' };
    const notice = broadcast(id, { replyTo });
    expect(await test.core.notices.tell(notice)).toBe(true);
    expect(await find(notice.subject)).toMatchObject({
      platform: 'discord',
      platformUserId: discord,
      replyTo,
      locale: 'es',
    });
  });

  it('never goes to a chat that is not of this account', async () => {
    const [mine, other] = await Promise.all([makeTraveller(), makeTraveller()]);
    const notice = broadcast(mine.id, { replyTo: { platform: 'discord', userId: other.discord } });
    await test.core.notices.tell(notice);
    expect(await find(notice.subject)).toMatchObject({ platformUserId: mine.telegram, replyTo: null });
  });

  it('goes where the latest picture was brought, whatever was asked over REST since', async () => {
    const { id, discord } = await makeTraveller();
    await link(id, 'discord', new Date(Date.now() + 5_000));
    const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);
    await ask(id, { platform: 'telegram', userId: 1 }, { createdAt: minutesAgo(9) });
    await ask(id, { platform: 'discord', userId: discord }, { locale: 'es', createdAt: minutesAgo(5) });
    await ask(id, undefined, { createdAt: minutesAgo(1) });
    const notice = broadcast(id);
    await test.core.notices.tell(notice);
    expect(await find(notice.subject)).toMatchObject({
      platform: 'discord',
      platformUserId: discord,
      replyTo: null,
      locale: 'es',
    });
  });

  it('goes to the newest chat of someone who has no picture yet', async () => {
    const { id, telegram } = await makeTraveller();
    const notice = broadcast(id, { locale: 'es' });
    await test.core.notices.tell(notice);
    expect(await find(notice.subject)).toMatchObject({ platformUserId: telegram, locale: 'es' });
  });

  it('is part of the transaction that writes it', async () => {
    const { account } = await makeMember(test.core);
    const client = await test.core.database.pool.connect();
    const [lost, kept] = [broadcast(account.id), broadcast(account.id)];
    try {
      await client.query('BEGIN');
      expect((await test.core.notices.enter(client, lost)).told).toBe(true);
      await client.query('ROLLBACK');
      await client.query('BEGIN');
      const { told, promised } = await test.core.notices.enter(client, kept);
      await client.query('COMMIT');
      expect(told).toBe(true);
      expect(promised).toMatchObject([{ topic: 'notice', payload: { platform: 'web' } }]);
      expect(await prisma().outbox.count({ where: { id: BigInt(promised[0]?.id ?? 0) } })).toBe(1);
    } finally {
      client.release();
    }
    const told = await prisma().notice.findMany({ where: { accountId: account.id } });
    expect(told.map(({ subject }) => subject)).toEqual([kept.subject]);
  });
});

describe('on its way', () => {
  let brought: PendingNotice[];
  let outcome: () => { done: string } | { abandon: string } | { retryAfterMs: number | null; error: string };
  beforeAll(async () => {
    await begin();
    brought = [];
    outcome = () => ({ done: 'direct' });
    test.core.notices.consume('web', async (notice) => {
      brought.push(notice);
      return outcome();
    });
  });
  afterAll(end);
  const stateOf = (about: string, state: string) =>
    vi.waitFor(async () => {
      const notice = await find(about);
      expect(notice.state).toBe(state);
      return notice;
    }, patience);

  it('brings its values as they were, and says where it arrived', async () => {
    const { account, userId } = await makeMember(test.core);
    const renews = new Date('2026-12-21T10:00:00Z');
    const about = subject();
    const values = { plan: 'Premium', renews };
    await test.core.notices.tell({ accountId: account.id, subject: about, key: 'payment_in', values });
    expect(await stateOf(about, 'delivered')).toMatchObject({ via: 'direct', attempts: 1, lastError: null });
    expect(brought.at(-1)).toMatchObject({ platformUserId: userId, key: 'payment_in', values });
  });

  it('is brought although its transaction promised it and then fell silent', async () => {
    const { account } = await makeMember(test.core);
    const notice = broadcast(account.id);
    await test.core.notices.enter(test.core.database.pool, notice);
    await vi.waitFor(async () => {
      await test.core.sweepOnce();
      expect((await find(notice.subject)).state).toBe('delivered');
    }, patience);
  });

  it('is taken up again when whoever had it in hand died', async () => {
    const { account } = await makeMember(test.core);
    const notice = broadcast(account.id);
    // Claimed a while ago, its job and its promise gone.
    const due = new Date(Date.now() - 5_000);
    await test.core.notices.enter(test.core.database.pool, notice);
    await prisma().outbox.deleteMany({});
    await prisma().notice.update({ where: { subject: notice.subject }, data: { attempts: 1, nextAttemptAt: due } });
    await test.core.sweepOnce();
    expect(await stateOf(notice.subject, 'delivered')).toMatchObject({ attempts: 2 });
  });

  it('is tried again after a while, and as late as the platform asks', async () => {
    const { account } = await makeMember(test.core);
    const notice = broadcast(account.id);
    const outcomes = [
      { retryAfterMs: null, error: 'away' },
      { retryAfterMs: 300, error: 'too fast' },
    ];
    outcome = () => outcomes.shift() ?? { done: 'reply' };
    const begun = Date.now();
    await test.core.notices.tell(notice);
    expect(await stateOf(notice.subject, 'delivered')).toMatchObject({ via: 'reply', attempts: 3, lastError: null });
    expect(Date.now() - begun).toBeGreaterThan(2_000 + 300);
  });

  it('is given up at once where nobody can be reached, and after a day elsewhere, without its text in the log', async () => {
    const { account } = await makeMember(test.core);
    const [gone, away] = [broadcast(account.id), broadcast(account.id)];
    outcome = () => ({ abandon: 'blocked' });
    await test.core.notices.tell(gone);
    expect(await stateOf(gone.subject, 'abandoned')).toMatchObject({ attempts: 1, lastError: 'blocked', via: null });
    outcome = () => ({ retryAfterMs: null, error: 'away' });
    await test.core.notices.enter(test.core.database.pool, away);
    await prisma().notice.update({ where: { subject: away.subject }, data: { attempts: 9 } });
    await vi.waitFor(async () => {
      await test.core.sweepOnce();
      expect((await find(away.subject)).state).toBe('abandoned');
    }, patience);
    outcome = () => ({ done: 'direct' });
    const log = test.logged.join('\n');
    expect(log.match(/a notice could not be brought/g)).toHaveLength(2);
    expect(log).not.toContain('Tomorrow');
  });

  it('is dropped when its chat has left the account', async () => {
    const { account, userId } = await makeMember(test.core);
    const notice = broadcast(account.id);
    await test.core.notices.enter(test.core.database.pool, notice);
    await prisma().identity.deleteMany({ where: { platformUserId: userId } });
    await vi.waitFor(async () => {
      await test.core.sweepOnce();
      expect(await find(notice.subject)).toMatchObject({ state: 'abandoned', lastError: 'unlinked' });
    }, patience);
    expect(brought.filter(({ platformUserId }) => platformUserId === userId)).toEqual([]);
  });
});

it('is given up when nobody serves its platform for days', async () => {
  const alone = await startTestCore();
  try {
    const { account } = await makeMember(alone.core);
    const notice = broadcast(account.id);
    await alone.core.notices.tell(notice);
    const createdAt = new Date(Date.now() - 49 * 3_600_000);
    await alone.core.database.prisma.notice.update({ where: { subject: notice.subject }, data: { createdAt } });
    await alone.core.sweepOnce();
    expect(await alone.core.database.prisma.notice.findUnique({ where: { subject: notice.subject } })).toMatchObject({
      state: 'abandoned',
    });
  } finally {
    await alone.close();
  }
});

const patience = { timeout: 10_000, interval: 50 };
