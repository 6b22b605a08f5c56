import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeMember, makePlan, startTestCore, type TestCore } from '../../test/support/core.ts';
import { addPast } from '../../test/support/history.ts';
import { createPerson, createTestDispatch, waitForEnd } from '../../test/support/person.ts';

describe.each(['en', 'es'])('/report (%s)', (locale) => {
  let test: TestCore;
  let operator: string;
  beforeAll(async () => {
    test = await startTestCore();
    test.core.startWorker();
    operator = (await makeMember(test.core)).account.id;
  });
  afterAll(() => test?.close());
  const prisma = () => test.core.database.prisma;
  const words = (key: string, values = {}) => test.core.words.html(locale, key, values);
  const member = async () => {
    const { userId, account } = await makeMember(test.core, { plan: await makePlan(test.core, {}) });
    return { ...createPerson(createTestDispatch(test.core), { platform: 'web', userId, locale }), account };
  };
  type Member = Awaited<ReturnType<typeof member>>;

  async function draw(ana: Member, more = '') {
    const { follow = '' } = await ana.type(`/imagine a red fox ${more}`);
    await waitForEnd(test.core, follow);
    return test.core.generations.get(ana.account.id, follow);
  }
  const decide = (imageId: string, decision: 'hide' | 'keep' | 'delete', reason = '') =>
    test.core.moderation.decide({ imageId, decision, reason, by: operator });
  const reportsOn = (generationId: string) =>
    prisma().report.findMany({ where: { image: { generationId } }, orderBy: { createdAt: 'asc' } });
  const toldTo = async (ana: Member) =>
    (await prisma().notice.findMany({ where: { accountId: ana.account.id }, orderBy: { createdAt: 'asc' } })).map(
      ({ key, values }) => ({ key, ...(values as object) }),
    );

  it("puts anybody's pictures before the operators, once, and says so to the asker alone", async () => {
    const [ana, bob] = [await member(), await member()];
    const { id, ref } = await draw(ana, '--count 2');
    const answer = await bob.type(`/report #${ref.toUpperCase()} it shows <b>me</b>`);
    expect(answer).toMatchObject({ private: true, html: words('chat.reported', { ref }) });
    await bob.send('report', { id: ref, reason: 'again' });
    const reports = await reportsOn(id);
    expect(reports).toHaveLength(2);
    expect(reports[0]).toMatchObject({ source: 'member', accountId: bob.account.id, reason: 'it shows <b>me</b>' });
    expect(await toldTo(ana)).toEqual([]);
  });

  it('takes what is not there, or a guest, for what it is', async () => {
    const bob = await member();
    const unknown = words('errors.not_found', { what: 'k3j4h5x7' });
    expect((await bob.type('/report k3j4h5x7')).html).toBe(unknown);
    const guest = createPerson(createTestDispatch(test.core), { locale });
    expect((await guest.type('/report k3j4h5x7')).html).toBe(words('errors.not_linked'));
    const ana = await member();
    const { images, ref } = await draw(ana);
    await decide(images[0]?.id ?? '', 'delete');
    expect((await bob.type(`/report ${ref}`)).html).toBe(words('errors.not_found', { what: ref }));
  });

  it('is an appeal for who made a hidden picture, once each time it is hidden', async () => {
    const [ana, bob] = [await member(), await member()];
    const { id, ref, images } = await draw(ana);
    const imageId = images[0]?.id ?? '';
    await decide(imageId, 'hide', 'Too red.');
    await decide(imageId, 'hide', 'Too red.');
    expect(await toldTo(ana)).toEqual([{ key: 'image_hidden', ref, reason: 'Too red.' }]);
    expect((await ana.type(`/show ${ref}`)).html).toBe(words('chat.hidden', { ref, reason: 'Too red.' }));
    expect((await bob.type(`/report ${ref}`)).html).toBe(words('chat.hidden_already', { ref }));
    expect((await ana.type(`/report ${ref} it is orange`)).html).toBe(words('chat.appealed', { ref }));
    expect((await ana.type(`/report ${ref} really`)).html).toBe(words('chat.appealed', { ref }));
    expect(await reportsOn(id)).toMatchObject([{ source: 'appeal', reason: 'it is orange', state: 'open' }]);
    await decide(imageId, 'hide', 'Still red.');
    expect((await toldTo(ana)).at(-1)).toEqual({ key: 'appeal_refused', ref, reason: 'Still red.' });
    expect((await ana.type(`/report ${ref} please`)).html).toBe(words('errors.appeal_decided', { ref }));
    await decide(imageId, 'keep');
    expect((await toldTo(ana)).at(-1)).toEqual({ key: 'image_back', ref });
    expect((await ana.type(`/show ${ref}`)).images).toHaveLength(1);
    await decide(imageId, 'hide');
    expect((await toldTo(ana)).at(-1)).toEqual({
      ...{ key: 'image_hidden', ref },
      reason: test.core.words.plain('en', 'moderation.against_rules'),
    });
    expect((await ana.type(`/report ${ref} again`)).html).toBe(words('chat.appealed', { ref }));
  });

  it('shows what is left of a request of which one picture is hidden', async () => {
    const ana = await member();
    const { ref, images } = await draw(ana, '--count 2');
    await decide(images[0]?.id ?? '', 'hide', 'No.');
    const shown = await ana.type(`/show ${ref}`);
    expect(shown.images?.map(({ id }) => id)).toEqual([images[1]?.id]);
    expect(shown.html).toContain(words('chat.some_hidden', { reason: 'No.' }));
  });

  it('lets nobody flood the operators', async () => {
    const [ana, bob] = [await member(), await member()];
    const createdAt = new Date();
    const past = Array.from({ length: 21 }, () => ({ prompt: 'a fox', createdAt }));
    const ids = await addPast(test.core, ana.account.id, past);
    const answers: string[] = [];
    for (const id of ids) answers.push((await bob.type(`/report ${id}`)).html);
    expect(answers.at(-1)).toBe(words('errors.report_limit', { max: 20 }));
    expect(await prisma().report.count({ where: { accountId: bob.account.id } })).toBe(20);
  });
});
