import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeMember, makePlan } from '../../test/support/core.ts';
import { addPast } from '../../test/support/history.ts';
import { type Panel, type Sent, startPanel } from '../../test/support/panel.ts';

let panel: Panel;
beforeAll(async () => {
  panel = await startPanel();
  panel.core.startWorker();
});
afterAll(() => panel?.close());

const prisma = () => panel.core.database.prisma;
const patience = { timeout: 20_000, interval: 50 };
const member = async () => (await makeMember(panel.core, { plan: await makePlan(panel.core, {}) })).account;

async function draw(prompt = 'a red fox', account?: Awaited<ReturnType<typeof member>>) {
  const asker = account ?? (await member());
  const { id } = await panel.core.generations.request({
    ...{ account: asker, source: 'test', requestId: crypto.randomUUID(), input: { prompt }, locale: 'en' },
    replyTo: null,
  });
  return vi.waitFor(async () => {
    const generation = await panel.core.generations.get(asker.id, id);
    expect(generation.state).toBe('succeeded');
    return { ...generation, imageId: generation.images[0]?.id ?? '' };
  }, patience);
}
const act = (resource: string, id: string, action: string, form: Record<string, string> = {}, sent: Sent = {}) =>
  panel.ask(`/api/resources/${resource}/records/${id}/${action}`, {
    as: 'operator',
    form: { sent: 'yes', ...form },
    ...sent,
  });
const audited = (subjectId: string) => prisma().auditEntry.findMany({ where: { subjectId }, orderBy: { id: 'asc' } });

describe('a picture', () => {
  it('is shown to those who run the service alone, also while it is hidden, and never kept', async () => {
    const { imageId } = await draw();
    const look = (as: Sent['as'], small = '') =>
      fetch(`${panel.base}/images/${imageId}${small}`, { headers: as ? { 'x-role': as } : {} });
    await act('Image', imageId, 'hide');
    for (const small of ['', '/thumbnail']) {
      const answer = await look('viewer', small);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('cache-control')).toBe('private, no-cache');
      expect((await answer.bytes()).length).toBeGreaterThan(100);
      expect((await look(null, small)).status).toBe(401);
    }
    await act('Image', imageId, 'remove');
    expect((await look('owner')).status).toBe(404);
    const { storageKey, thumbnailKey } = await prisma().image.findUniqueOrThrow({ where: { id: imageId } });
    for (const key of [storageKey, thumbnailKey])
      await expect(panel.core.images.read({ storageKey: key })).rejects.toMatchObject({ code: 'not_found' });
    expect((await panel.ask('/images/nothing')).status).toBe(404);
  });

  it('is hidden, shown again and deleted with a reason, a notice, and a record each', async () => {
    const { imageId, ref, accountId } = await draw();
    const { images, words } = panel.core;
    const find = () => images.find(imageId, { owner: accountId });
    expect(
      (await act('Image', imageId, 'hide', { memberReason: 'Too red.', reason: 'ticket 7' })).body.notice,
    ).toMatchObject({
      message: 'done_hide',
    });
    await expect(find()).rejects.toMatchObject({ code: 'image_hidden', values: { reason: 'Too red.' } });
    expect(await images.find(imageId, 'link')).toBeNull();
    await act('Image', imageId, 'keep');
    expect(await find()).toMatchObject({ hiddenAt: null });
    await act('Image', imageId, 'remove', {});
    expect(await find()).toBeNull();
    const notices = await prisma().notice.findMany({ where: { accountId }, orderBy: { createdAt: 'asc' } });
    const reason = words.plain('en', 'moderation.against_rules');
    expect(notices.map(({ key, values }) => [key, values])).toEqual([
      ['image_hidden', { ref, reason: 'Too red.' }],
      ['image_back', { ref }],
      ['image_removed', { ref, reason }],
    ]);
    expect((await audited(imageId)).map(({ action, reason, accountId: whose }) => [action, reason, whose])).toEqual([
      ['Image.hide', 'ticket 7', accountId],
      ['Image.keep', '', accountId],
      ['Image.remove', '', accountId],
    ]);
    expect((await act('Image', imageId, 'hide')).body.notice.type).toBe('error');
  });

  it('is looked at and decided on by operators, not by viewers', async () => {
    const { imageId } = await draw();
    expect((await act('Image', imageId, 'hide', {}, { as: 'viewer' })).status).toBe(403);
    expect((await prisma().image.findUniqueOrThrow({ where: { id: imageId } })).hiddenAt).toBeNull();
  });
});

it('the review queue has open cases, the latest report first, until each is decided', async () => {
  const [first, second] = [await draw('a first fox'), await draw('a second fox')];
  const reporter = await member();
  for (const { id } of [first, second])
    await panel.core.moderation.report({ accountId: reporter.id, name: id, reason: '<b>bad</b>' });
  const queue = async () => (await panel.ask('/api/resources/Report/actions/review', { as: 'operator' })).body;
  const { cases } = await queue();
  expect(cases.map(({ prompt }: { prompt: string }) => prompt)).toEqual(['a second fox', 'a first fox']);
  expect(cases[0]).toMatchObject({
    imageId: second.imageId,
    history: { pictures: 1, hidden: 0, removed: 0, reported: 0 },
    reports: [{ source: 'member', reason: '<b>bad</b>', email: reporter.email }],
  });
  await act('Image', second.imageId, 'keep');
  await act('Image', first.imageId, 'hide', { memberReason: 'No.' });
  expect(await queue()).toMatchObject({ total: 0, cases: [] });
  const states = await prisma().report.findMany({ where: { accountId: reporter.id }, orderBy: { createdAt: 'asc' } });
  expect(states.map(({ state, decidedBy }) => [state, decidedBy])).toEqual([
    ['upheld', panel.ids.operator],
    ['dismissed', panel.ids.operator],
  ]);
  await panel.core.moderation.report({ accountId: first.accountId, name: first.ref, reason: 'why?' });
  expect((await queue()).cases[0]).toMatchObject({ hiddenReason: 'No.', reports: [{ source: 'appeal' }] });
});

it('viewers see the review queue, and decide nothing', async () => {
  const { id, imageId } = await draw('a fox to look at');
  await panel.core.moderation.report({ accountId: (await member()).id, name: id, reason: 'look at this' });
  const asked = await panel.ask('/api/resources/Report/actions/review', { as: 'viewer' });
  expect(asked.status).toBe(200);
  expect(asked.body.cases[0]).toMatchObject({ imageId, reports: [{ reason: 'look at this' }] });
  expect((await panel.ask(`/images/${imageId}`, { as: 'viewer' })).status).toBe(200);
  const page = await panel.ask('/resources/Report/actions/review', { as: 'viewer' });
  const state = JSON.parse(page.text.match(/window\.REDUX_STATE = (.+);\n/)?.[1] ?? '{}');
  const { resourceActions } = state.resources.find((each: { id: string }) => each.id === 'Report');
  expect(resourceActions.map(({ name }: { name: string }) => name)).toContain('review');
  for (const name of ['hide', 'keep', 'remove']) {
    const path = `/api/resources/Image/records/${imageId}/${name}`;
    expect((await panel.ask(path, { as: 'viewer', form: { memberReason: 'No.' } })).status).toBe(403);
    expect((await panel.ask(path, { as: 'viewer' })).status).toBe(405);
  }
  expect(await audited(imageId)).toEqual([]);
  await act('Image', imageId, 'keep');
});

describe('a prompt rule', () => {
  const rule = { name: 'no whales', action: 'block', match: 'literal', text: 'whale', enabled: 'true' };
  const make = (form: Record<string, string>, as: Sent['as'] = 'operator') =>
    panel.ask('/api/resources/PromptRule/actions/new', { as, form });

  it('is made, tried, edited and deleted, and holds from the next request', async () => {
    const made = (await make({ ...rule, message: 'No whales here.' })).body;
    expect(made.notice).toMatchObject({ message: 'rule_saved' });
    const { id } = made.record.params;
    await expect(draw('a whale')).rejects.toMatchObject({ code: 'prompt_blocked' });
    const tried = await act('PromptRule', id, 'tryRule', { sample: 'a w-h-a-l-e' });
    expect(tried.body.weighed).toEqual({ does: 'block' });
    await act('PromptRule', id, 'edit', { action: 'replace', replacement: 'fish' });
    expect((await act('PromptRule', id, 'tryRule', { sample: 'A Whale!' })).body.weighed).toEqual({
      does: 'replace',
      drawn: 'A fish!',
    });
    expect((await draw('a whale')).prompt).toBe('a fish');
    expect((await act('PromptRule', id, 'delete')).body.notice).toMatchObject({ message: 'rule_deleted' });
    expect((await draw('a whale')).prompt).toBe('a whale');
    const entries = await audited(id);
    expect(entries.map(({ action }) => action)).toEqual(['PromptRule.new', 'PromptRule.edit', 'PromptRule.delete']);
    expect(entries[1]).toMatchObject({ before: { action: 'block' }, after: { action: 'replace' } });
  });

  it.each([
    [{ match: 'pattern', text: '(whale' }, 'text', 'fault_pattern_syntax'],
    [{ match: 'pattern', text: '(?=whale)' }, 'text', 'fault_pattern_unsupported'],
    [{ text: '' }, 'text', 'fault_length'],
    [{ serverId: 'here' }, 'serverId', 'fault_server'],
    [{ action: 'explode' }, 'action', 'fault_choice'],
  ])('that makes no sense is refused at its field: %j', async (wrong, field, message) => {
    const { errors } = (await make({ ...rule, ...wrong })).body.record;
    expect(errors).toMatchObject({ [field]: { message } });
    expect(await prisma().promptRule.count()).toBe(0);
  });

  it('is the business of operators', async () => {
    expect((await make(rule, 'viewer')).status).toBe(403);
    expect(await prisma().promptRule.count()).toBe(0);
  });
});

describe('a request', () => {
  const at = new Date('2026-11-01T10:00:00Z');

  it('is cancelled on its member’s behalf, and nothing is charged', async () => {
    const account = await member();
    const [id = ''] = await addPast(panel.core, account.id, [{ state: 'queued', createdAt: new Date() }]);
    expect((await act('Generation', id, 'cancel')).body.notice).toMatchObject({ message: 'done_cancel' });
    expect((await panel.core.generations.get(account.id, id)).state).toBe('cancelled');
    expect((await act('Generation', id, 'cancel')).body.notice.type).toBe('error');
    expect((await act('Generation', id, 'requeue')).body.notice.type).toBe('error');
  });

  it('that is stuck is taken up again', async () => {
    const account = await member();
    const [id = ''] = await addPast(panel.core, account.id, [{ state: 'queued', createdAt: new Date() }]);
    await prisma().generation.update({ where: { id }, data: { model: 'sandbox-landscape' } });
    expect((await act('Generation', id, 'requeue')).body.notice).toMatchObject({ message: 'done_requeue' });
    await vi.waitFor(async () => expect((await panel.core.generations.find(id))?.finishedAt).not.toBeNull(), patience);
  });

  it('that failed is asked for again, charged as any, and says as what', async () => {
    const account = await member();
    const [id = ''] = await addPast(panel.core, account.id, [{ prompt: 'a fox', state: 'failed', createdAt: at }]);
    await prisma().generation.update({ where: { id }, data: { model: 'sandbox-landscape' } });
    const answer = await act('Generation', id, 'retry');
    const [newest] = await panel.core.generations.list(account.id, { limit: 1 });
    expect(newest).toMatchObject({ prompt: 'a fox', source: 'panel' });
    expect(answer.body.notice.message).toContain(newest?.ref);
    expect((await panel.core.quotas.status(account.id, account.plan)).daily.used).toBe(1);
  });

  it('is found by its whole short name, as people write it', async () => {
    const [id = ''] = await addPast(panel.core, (await member()).id, [{ createdAt: at }]);
    const { ref } = await prisma().generation.findUniqueOrThrow({ where: { id } });
    const found = async (text: string) =>
      (await panel.list('Generation', `filters.ref=${encodeURIComponent(text)}`)).body.records.map(
        (record: { id: string }) => record.id,
      );
    expect(await found(ref)).toEqual([id]);
    expect(await found(` #${ref.toUpperCase()} `)).toEqual([id]);
    expect(await found(ref.slice(1))).toEqual([]);
  });

  it('is found by beginnings of words of its prompt, whoever’s it is, drawn or in vain', async () => {
    const [ana, bob] = [await member(), await member()];
    const prompt = 'a ZEPPELIN over Zürich';
    const drawn = await addPast(panel.core, ana.id, [{ prompt, createdAt: at }]);
    const vain = await addPast(panel.core, bob.id, [{ prompt, state: 'failed', createdAt: new Date('2026-11-02') }]);
    const found = async (text: string) =>
      (await panel.list('Generation', `filters.search=${encodeURIComponent(text)}`)).body.records.map(
        ({ id }: { id: string }) => id,
      );
    expect((await found('zepp ZÜR')).toSorted()).toEqual([...drawn, ...vain].toSorted());
    expect(await found('zeppelin paris')).toEqual([]);
    expect(await found("'); --")).toEqual([]);
  });
});

describe('a list as a file', () => {
  it('has what the filters leave, cannot run formulas, and is recorded', async () => {
    const account = await member();
    const prompts = ['=HYPERLINK("http://evil.example")', '+1', '-1', '@sum', '\tx', 'a, "quoted"\nfox'];
    await addPast(
      panel.core,
      account.id,
      prompts.map((prompt) => ({ prompt, createdAt: new Date() })),
    );
    const { text } = await panel.ask(`/export/Generation.csv?filters.account=${account.id}`, { as: 'operator' });
    expect(text.split('\n')[0]).toContain('prompt');
    expect(text).not.toContain('replyTo');
    expect(text).not.toMatch(/(^|[,"\n])[=+@\t]/m);
    expect(text).toContain(`"'=HYPERLINK(""http://evil.example"")"`);
    const json = JSON.parse((await panel.ask(`/export/Generation.json?filters.account=${account.id}`)).text);
    expect(json.map(({ prompt }: { prompt: string }) => prompt).toSorted()).toEqual(prompts.toSorted());
    expect(json[0]).not.toHaveProperty('replyTo');
    const [entry] = await prisma().auditEntry.findMany({
      where: { action: 'Generation.export' },
      orderBy: { id: 'asc' },
    });
    expect(entry).toMatchObject({ actorId: panel.ids.operator, subjectId: 'csv', before: { filters: 'account' } });
  });

  it('is whole however many pages it has', async () => {
    const account = await member();
    const createdAt = new Date();
    await addPast(
      panel.core,
      account.id,
      Array.from({ length: 2_300 }, () => ({ state: 'failed' as const, createdAt })),
    );
    const { text } = await panel.ask(`/export/Generation.json?filters.account=${account.id}`);
    expect(new Set(JSON.parse(text).map(({ id }: { id: string }) => id)).size).toBe(2_300);
    expect((await panel.ask(`/export/Generation.json?filters.account=${panel.ids.viewer}`)).text).toBe('[]\n');
  });

  it('is for operators, of lists that there are', async () => {
    expect((await panel.ask('/export/Account.csv', { as: 'viewer' })).status).toBe(403);
    expect((await panel.ask('/export/Secret.csv')).status).toBe(404);
    expect((await panel.ask('/export/Account.xls')).status).toBe(404);
    expect((await panel.ask('/export/Account.csv')).text).not.toMatch(/argon2|passwordHash/);
  });
});
