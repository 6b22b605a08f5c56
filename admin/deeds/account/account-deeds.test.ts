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

describe('access', () => {
  const signIn = async (accountId: string, device: string) => {
    const { sessions, database } = panel.core;
    const { sessionEpoch: epoch } = await database.prisma.account.findUniqueOrThrow({ where: { id: accountId } });
    const id = crypto.randomUUID();
    const signedIn = { accountId, epoch, at: Date.now(), device, address: '192.0.2.1' };
    await sessions.write(id, JSON.stringify({ cookie: {}, signedIn }), 600);
    await sessions.enlist(accountId, id);
    return id;
  };

  test('sessions are listed, one is ended, then all', async () => {
    const id = panel.ids.viewer;
    const [first] = [await signIn(id, 'Firefox · Linux'), await signIn(id, 'Chrome · Android')];
    const [sessions] = (await deeds.open('Account', id, 'endSessions')).fields;
    expect(sessions.choices).toHaveLength(3);
    const firefox = sessions.choices.find(({ label }: { label?: string }) => label?.startsWith('Firefox'));
    expect((await send(id, 'endSessions', { session: firefox.value })).body.notice).toEqual(success);
    expect(await panel.core.sessions.read(first)).toBeNull();
    expect(await panel.core.accounts.openSessions(id)).toHaveLength(1);
    const again = await send(id, 'endSessions', { session: firefox.value });
    expect(again.body.record.errors.session.message).toBe('There is nothing to do here.');
    expect((await send(id, 'endSessions', { session: 'all' })).body.notice).toEqual(success);
    expect(await panel.core.accounts.openSessions(id)).toEqual([]);
    expect((await deeds.audit(id))[0]).toMatchObject({ before: { sessions: 1 }, after: { sessions: 0 } });
    // An operator signs no owner out.
    expect((await send(panel.ids.owner, 'endSessions', { session: 'all' })).body.notice.type).toBe('error');
  });

  test('all keys end at the next request', async () => {
    const { id } = await member();
    const wanted = { accountId: id, name: 'k', scopes: ['read'] as const, expiresAt: null, dailyCap: null };
    const keys = [await panel.core.apiKeys.create(wanted), await panel.core.apiKeys.create(wanted)];
    await panel.core.apiKeys.verify(keys[0]?.secret as string, '::1');
    expect((await send(id, 'revokeKeys')).body.notice).toEqual(success);
    for (const { secret } of keys)
      await expect(panel.core.apiKeys.verify(secret, '::1')).rejects.toMatchObject({ code: 'key_revoked' });
    expect((await deeds.audit(id))[0]).toMatchObject({ before: { keys: 2 }, after: { keys: 0 } });
    expect((await send(id, 'revokeKeys')).body.notice.type).toBe('error');
  });

  test('a code that a chat waits for is mailed again, and only then', async () => {
    const { id, email } = await member();
    expect((await send(id, 'resendCode')).body.notice.type).toBe('error');
    const chat = { platform: 'telegram', userId: 'waiting', displayName: 'Ada', locale: 'en' } as const;
    await panel.core.accounts.requestLink(chat, email);
    const again = await send(id, 'resendCode');
    expect(again.body.notice.message).toContain('Telegram');
    const codes = await panel.core.database.prisma.emailCode.findMany({
      where: { email },
      orderBy: { createdAt: 'asc' },
    });
    expect(codes).toHaveLength(2);
    expect(codes[0]?.expiresAt.getTime()).toBeLessThanOrEqual(Date.now());
    expect(codes[1]).toMatchObject({ platformUserId: 'waiting' });
    expect((await deeds.audit(id))[0]).toMatchObject({ before: { codes: 1 }, after: { codes: 2 } });
    // Five an hour, as everywhere.
    for (let count = 2; count < 5; count++) await send(id, 'resendCode');
    expect((await send(id, 'resendCode')).body.notice).toMatchObject({ type: 'error' });
  });

  test('roles are for owners, and the last owner stays', async () => {
    const { id } = await member();
    expect((await send(id, 'setRole', { role: 'viewer' })).body.notice.type).toBe('error');
    expect((await panel.core.accounts.get(id)).role).toBe('member');
    expect((await send(id, 'setRole', { role: 'viewer' }, 'owner')).body.notice).toEqual(success);
    expect((await panel.core.accounts.get(id)).role).toBe('viewer');
    expect((await deeds.audit(id))[0]).toMatchObject({ before: { role: 'member' }, after: { role: 'viewer' } });
    const last = await send(panel.ids.owner, 'setRole', { role: 'member' }, 'owner');
    expect(last.body.record.errors.role.message).toContain('last owner');
    expect((await send(id, 'setRole', { role: 'king' }, 'owner')).body.record.errors.role.message).toBe('fault_choice');
  });

  test('an owner takes a lost second factor off, which ends the sessions', async () => {
    const id = panel.ids.viewer;
    const { secondFactor } = panel.core.database.prisma;
    const row = { accountId: id, sealedSecret: new Uint8Array(3), lastStep: 1, createdAt: new Date() };
    await secondFactor.create({ data: row });
    await signIn(id, 'Firefox');
    expect((await send(id, 'resetSecondFactor')).body.notice.type).toBe('error');
    expect((await send(id, 'resetSecondFactor', {}, 'owner')).body.notice).toEqual(success);
    expect(await secondFactor.count()).toBe(0);
    expect(await panel.core.accounts.openSessions(id)).toEqual([]);
    expect((await deeds.audit(id))[0]).toMatchObject({
      before: { secondFactor: row.createdAt.toISOString() },
      after: { secondFactor: null },
    });
    expect((await send(id, 'resetSecondFactor', {}, 'owner')).body.notice.message).toBe('There is nothing to do here.');
  });
});

describe('persons', () => {
  test('another account is weighed, then merged, and the audit of both tells it', async () => {
    const { id } = await member();
    const { account: other, userId } = await makeMember(panel.core);
    const weighed = await send(id, 'merge', { other: other.email });
    expect(weighed.body.weighed).toMatchObject({ identities: 1, images: 0 });
    const done = await send(id, 'merge', { other: other.email.toUpperCase(), weighed: 'yes' });
    expect(done.body.notice).toEqual(success);
    expect((await panel.core.accounts.find('web', userId))?.id).toBe(id);
    for (const subject of [id, other.id])
      expect(await deeds.audit(subject)).toMatchObject([
        { action: 'Account.merge', accountId: subject, before: { identities: 1 }, after: { identities: 2 } },
      ]);
    for (const [typed, message] of [
      ['nobody@example.com', 'No account has'],
      [id, 'same account'],
      ['viewer@example.com', 'runs the service'],
    ] as const) {
      const { errors } = (await send(id, 'merge', { other: typed, weighed: 'yes' })).body.record;
      expect(errors.other.message).toContain(message);
    }
  });

  test('a person is exported as a file, by POST alone, and it is recorded', async () => {
    const { id, email } = await member();
    const path = `/downloads/Account/${id}`;
    const file = await panel.ask(path, { as: 'operator', form: { reason: 'they asked' } });
    expect(JSON.parse(file.text)).toMatchObject({ account: { email }, chats: [{ platform: 'web' }] });
    expect((await deeds.audit(id))[0]).toMatchObject({ action: 'Account.export', reason: 'they asked' });
    expect((await panel.ask(path, { as: 'viewer', form: {} })).status).toBe(403);
    expect((await panel.ask(path, { as: null, form: {} })).status).toBe(401);
    expect((await panel.ask(path, { as: 'operator' })).text).not.toContain(email);
    expect((await panel.ask('/downloads/Account/x', { form: {} })).status).toBe(404);
    expect((await panel.ask(`/downloads/Account/${crypto.randomUUID()}`, { form: {} })).status).toBe(404);
    expect((await deeds.open('Account', id, 'export')).facts).toMatchObject({ identities: 1 });
  });

  test('a person is deleted once the address is typed; the audit stays', async () => {
    const { id, email } = await member();
    const wrong = await send(id, 'deletePerson', { confirmEmail: 'somebody@example.com' });
    expect(wrong.body.record.errors.confirmEmail.message).toContain('not the address');
    const done = await send(id, 'deletePerson', { confirmEmail: ` ${email.toUpperCase()} ` });
    expect(done.body).toMatchObject({ notice: success, redirectUrl: expect.stringMatching(/resources\/Account$/) });
    await expect(panel.core.accounts.get(id)).rejects.toMatchObject({ code: 'not_found' });
    const [entry] = await deeds.audit(id);
    expect(entry).toMatchObject({ before: { identities: 1 }, after: { gone: true } });
    expect(JSON.stringify({ before: entry?.before, after: entry?.after })).not.toContain(email);
    // Gone meanwhile: a sentence, and no fault.
    const gone = await send(id, 'suspend');
    expect(gone.status).toBe(200);
    expect(gone.body.notice.type).toBe('error');
    expect((await send(panel.ids.viewer, 'deletePerson', { confirmEmail: 'x' })).body.notice.type).toBe('error');
  });
});

const everyDeed = [
  ...['grantPlan', 'endGrants', 'giveImages', 'giveBack', 'resetToday', 'makeUp', 'endSessions', 'revokeKeys'],
  ...['resendCode', 'setRole', 'resetSecondFactor', 'merge', 'export', 'deletePerson', 'suspend', 'restore', 'sync'],
];
test.each(everyDeed)('%s has words, and is refused to viewers, to members and by GET', async (name) => {
  const { id } = await member();
  const path = `/api/resources/Account/records/${id}/${name}`;
  for (const form of [{ look: 'yes' }, { images: '5' }] as Record<string, string>[])
    expect((await panel.ask(path, { as: 'viewer', form })).status).toBe(403);
  expect((await panel.ask(path, { as: null, form: {} })).status).toBe(401);
  expect((await panel.ask(path, { as: 'owner' })).status).toBe(405);
  expect(await deeds.audit(id)).toEqual([]);
  for (const part of ['explain', 'do', 'done']) expect(panel.core.words.has(`panel.deeds.${name}.${part}`)).toBe(true);
  expect(panel.core.words.has(`panel.actions.${name}`)).toBe(true);
  for (const field of (await deeds.open('Account', id, name, 'owner'))?.fields ?? [])
    expect(panel.core.words.has(`panel.fields.${field.name}`), field.name).toBe(true);
});

test('viewers make up for nothing either', async () => {
  expect((await deeds.send('Account', null, 'makeUpToAll', {}, 'viewer')).status).toBe(403);
});

test('an account is found by its chat name or id, and its page tells what is left', async () => {
  const { account, userId } = await makeMember(panel.core);
  await panel.core.database.prisma.identity.updateMany({
    where: { platformUserId: userId },
    data: { displayName: 'Grace Hopper' },
  });
  const find = async (text: string) => {
    const { records, meta } = (await panel.list('Account', `filters.search=${encodeURIComponent(text)}`)).body;
    expect(meta.total).toBe(records.length);
    return records.map(({ params }: { params: { id: string } }) => params.id);
  };
  for (const text of ['grace', userId, account.id, account.email]) expect(await find(text), text).toContain(account.id);
  expect(await find('nobody of that name')).toEqual([]);
  expect(await find('grace')).toEqual([account.id]);
  const { record } = (await panel.ask(`/api/resources/Account/records/${account.id}/show`)).body;
  expect(record.facts).toEqual({ plan: 'Free', usedToday: 0, leftToday: 20, usedThisMonth: 0, extra: 0 });
});
