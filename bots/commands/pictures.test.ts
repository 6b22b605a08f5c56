import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeMember, makePlan, startTestCore, type TestCore } from '../../test/support/core.ts';
import { createPerson, createTestDispatch, type Read, waitForEnd } from '../../test/support/person.ts';

describe.each(['en', 'es-MX'])('pictures (%s)', (locale) => {
  let test: TestCore;
  beforeAll(async () => {
    test = await startTestCore();
    test.core.startWorker();
  });
  afterAll(() => test.close());

  const member = async (options: Parameters<typeof makeMember>[1] = {}) => {
    const plan = options.plan ?? (await makePlan(test.core, {}));
    const { userId, account } = await makeMember(test.core, { plan });
    const person = createPerson(createTestDispatch(test.core), { platform: 'web', userId, locale });
    return { ...person, account };
  };
  const words = (key: string, values = {}) => test.core.words.html(locale, key, values);
  const idOf = (reply: Read) => {
    if (!reply.follow) throw new Error(`Nothing was started: ${reply.text}`);
    return reply.follow;
  };

  it('are asked for, drawn, shown and counted', async () => {
    const ana = await member();
    const asked = await ana.type('/imagine a red fox in the snow --style noir --count 2 --seed 7 --aspect 3:2');
    expect(asked.private).toBe(false);
    const { ref } = await test.core.generations.get(ana.account.id, idOf(asked));
    expect(asked.html).toContain(words('chat.title', { prompt: 'a red fox in the snow' }));
    expect(asked.html).toContain(words('chat.ref', { ref }));
    expect(asked.html).toContain(words('chat.left', { remaining: 18, max: 20 }));
    await waitForEnd(test.core, idOf(asked));

    const shown = await ana.type(`/show ${ref}`);
    expect(shown.private).toBe(false);
    expect(shown.html).toContain(words('chat.details', { model: 'sandbox-landscape', aspect: '3:2', seed: '7' }));
    expect(shown.html).toContain(words('chat.cost', { count: 2 }));
    expect(shown.html).toContain(words('chat.sandbox'));
    expect(shown.images).toHaveLength(2);
    for (const image of shown.images ?? []) {
      expect(image.alt).toContain('a red fox in the snow');
      expect((await image.bytes()).length).toBeGreaterThan(1000);
    }
    expect((await ana.type('/show')).html).toBe(shown.html);
    expect((await ana.type(`/show  #${ref.toUpperCase()} `)).html).toBe(shown.html);

    const quota = await ana.type('/quota');
    expect(quota.private).toBe(true);
    expect(quota.html).toMatch(/<time datetime="\d{4}-\d\d-\d\dT00:00:00\.000Z" data-distance>/);
    const [used, max, left] = quota.text.match(/\d+/g) ?? [];
    expect([used, max, left]).toEqual(['2', '20', '18']);
  });

  it('are made again with another seed, at the usual price', async () => {
    const ana = await member();
    const first = await waitForEnd(
      test.core,
      idOf(await ana.type('/imagine a lighthouse --seed 5 --model sandbox-lines')),
    );
    const again = await ana.press(await ana.type('/show'), 'again');
    const second = await waitForEnd(test.core, idOf(again));
    expect(second).toMatchObject({ prompt: 'a lighthouse', model: 'sandbox-lines' });
    expect([second.id, second.seed]).not.toContain(first.seed);
    expect((await ana.type('/quota')).text).toMatch(/2\D+20\D+18/);
  });

  it('are deleted by the button, stay charged, and say so when they are asked for again', async () => {
    const ana = await member();
    const { ref } = await waitForEnd(test.core, idOf(await ana.type('/imagine a teapot')));
    const shown = await ana.type('/show');
    expect(await ana.press(shown, 'delete')).toMatchObject({ html: words('chat.deleted', { ref }), mode: 'replace' });
    expect(await ana.type('/show')).toMatchObject({ html: words('chat.gone', { ref }), private: true });
    expect((await ana.press(shown, 'delete')).html).toBe(words('chat.deleted', { ref }));
    expect((await ana.type('/quota')).text).toMatch(/1\D+20\D+19/);
  });

  it('are nobody else’s: neither names nor buttons tell more than that there is nothing', async () => {
    const [ana, bo] = [await member(), await member()];
    const { id, ref } = await waitForEnd(test.core, idOf(await ana.type('/imagine a secret garden')));
    const shown = await ana.type('/show');
    for (const name of [id, ref]) {
      expect(await bo.type(`/show ${name}`)).toMatchObject({
        html: words('errors.not_found', { what: name }),
        private: true,
      });
      expect((await bo.type(`/cancel ${name}`)).html).toBe(words('errors.not_found', { what: name }));
    }
    for (const action of ['again', 'delete'] as const) {
      const reply = await bo.press(shown, action);
      expect(reply).toMatchObject({ html: words('chat.not_yours'), private: true, mode: 'message' });
    }
    expect((await ana.type('/show')).images).toHaveLength(1);
    expect((await bo.type('/quota')).text).toMatch(/0\D+20\D+20/);
  });

  it('that are none yet are met with what to type', async () => {
    const ana = await member();
    expect(await ana.type('/show')).toMatchObject({ html: words('chat.nothing_yet'), private: true });
    expect((await ana.type('/queue')).html).toBe(words('chat.queue_empty'));
    expect((await ana.type('/cancel')).html).toBe(words('errors.nothing_running'));
  });

  it('cannot be cancelled once they are done', async () => {
    const ana = await member();
    const asked = await ana.type('/imagine a boat');
    const { ref } = await waitForEnd(test.core, idOf(asked));
    expect((await ana.type(`/cancel ${ref}`)).html).toBe(words('errors.already_ended', { ref }));
    expect(await ana.press(asked, 'cancel')).toMatchObject({
      html: words('errors.already_ended', { ref }),
      private: true,
    });
  });

  it('are refused by limits in words that tell what would help', async () => {
    const ana = await member({ plan: await makePlan(test.core, { perDay: 3 }) });
    await waitForEnd(test.core, idOf(await ana.type('/imagine two boats --count 2')));
    const daily = await ana.type('/imagine a fleet --count 2');
    expect(daily.private).toBe(true);
    expect(daily.text).toMatch(/2\D+3/);
    expect(daily.html).toContain(words('receipts.asked', { remaining: 1 }));
    expect(daily.html).toContain(words('hints.wait'));

    const bo = await member({ plan: await makePlan(test.core, { cooldownSeconds: 30 }) });
    await bo.type('/imagine a boat');
    const cooldown = await bo.type('/imagine another boat');
    expect(cooldown.html).toMatch(
      new RegExp(`^${words('receipts.cooldown', { max: 30, wait: 'SECONDS' }).replace('SECONDS', '(29|30)')}\n`),
    );
    const cy = await member({ plan: await makePlan(test.core, { perMinute: 1 }) });
    await cy.type('/imagine a boat');
    expect((await cy.type('/imagine another boat')).text).toMatch(/\b(5\d|60) s\./);
  });

  it('are not made for a suspended account', async () => {
    const ana = await member();
    await test.core.accounts.setStatus(ana.account.id, 'suspended');
    expect(await ana.type('/imagine a fox')).toMatchObject({ html: words('errors.account_suspended'), private: true });
    expect((await ana.type('/quota')).text).toMatch(/0\D+20\D+20/);
  });

  it('are completed while their short name is typed', async () => {
    const ana = await member();
    const { ref } = await waitForEnd(test.core, idOf(await ana.type(`/imagine ${'👨‍👩‍👧‍👦'.repeat(100)}`)));
    const dispatch = createTestDispatch(test.core);
    const asker = {
      platform: 'web',
      userId: ana.userId,
      displayName: '',
      locale,
      requestId: 'r',
      replyTo: { platform: 'web' },
    } as const;
    const [suggestion, ...others] = await dispatch.suggest(asker, 'show', 'id', ref.slice(0, 3));
    expect(others).toEqual([]);
    expect(suggestion).toMatchObject({ value: ref, label: expect.stringContaining(ref) });
    expect(suggestion?.label.endsWith('👨‍👩‍👧‍👦…')).toBe(true);
    expect(await dispatch.suggest(asker, 'show', 'id', 'nothing like that')).toEqual([]);
    expect(await dispatch.suggest({ ...asker, userId: 'a stranger' }, 'show', 'id', '')).toEqual([]);
    expect(await dispatch.suggest(asker, 'imagine', 'style', 'WAT')).toEqual([
      { value: 'watercolor', label: 'watercolor' },
    ]);
    for (const [command, option] of [
      ['imagine', 'count'],
      ['imagine', '__proto__'],
      ['nothing', 'id'],
    ] as const)
      expect(await dispatch.suggest(asker, command, option, '')).toEqual([]);
  });
});

describe.each(['en', 'es'])('pictures that take their time (%s)', (locale) => {
  let test: TestCore;
  beforeAll(async () => {
    test = await startTestCore({ sandboxDelayMs: 60_000 });
  });
  afterAll(() => test.close());
  const words = (key: string, values = {}) => test.core.words.html(locale, key, values);

  it('stand in the queue until they are cancelled, by name, as the latest, or by the button', async () => {
    const { userId, account } = await makeMember(test.core, { plan: await makePlan(test.core, {}) });
    const ana = createPerson(createTestDispatch(test.core), { platform: 'web', userId, locale });
    const first = await ana.type('/imagine a first boat');
    const second = await ana.type('/imagine a second boat');
    const third = await ana.type('/imagine a third boat --count 3');
    const refs = await Promise.all(
      [first, second, third].map(
        async ({ follow }) => (await test.core.generations.get(account.id, follow as string)).ref,
      ),
    );
    const queue = await ana.type('/queue');
    expect(queue.private).toBe(true);
    expect(
      queue.text
        .split('\n')
        .slice(1)
        .map((line) => line.split(' ')[0]),
    ).toEqual(refs);
    expect(queue.html).toContain(words('chat.waiting', { position: 1, eta: 2 }));
    expect(queue.html).toContain(words('chat.waiting', { position: 3, eta: 2 }));
    expect((await ana.type('/quota')).text).toMatch(/5\D+20\D+15/);

    expect((await ana.type('/cancel')).html).toBe(words('chat.cancelled_now', { ref: refs[2] }));
    expect((await ana.type(`/cancel ${refs[0]}`)).html).toBe(words('chat.cancelled_now', { ref: refs[0] }));
    expect(await ana.press(second, 'cancel')).toMatchObject({
      html: words('chat.cancelled_now', { ref: refs[1] }),
      mode: 'notice',
    });
    expect((await ana.type('/queue')).html).toBe(words('chat.queue_empty'));
    expect((await ana.type('/quota')).text).toMatch(/0\D+20\D+20/);
    const shown = await ana.type(`/show ${refs[0]}`);
    expect(shown.html).toBe(
      `${words('chat.title', { prompt: 'a first boat' })}\n${words('chat.cancelled', { ref: refs[0] })}`,
    );
    expect(shown.buttons?.flat().map((button) => 'action' in button && button.action)).toEqual(['again']);
  });

  it('are stopped while they are drawn, and not charged', async () => {
    test.core.startWorker();
    const { userId, account } = await makeMember(test.core, { plan: await makePlan(test.core, {}) });
    const ana = createPerson(createTestDispatch(test.core), { platform: 'web', userId, locale });
    const asked = await ana.type('/imagine a slow boat');
    const id = asked.follow as string;
    const { ref } = await test.core.generations.get(account.id, id);
    await vi.waitFor(async () => expect((await test.core.generations.get(account.id, id)).state).toBe('running'));
    expect(await ana.type('/show')).toMatchObject({ private: true, html: expect.stringContaining(ref) });
    // The worker may be faster than the answer.
    const answers = [words('chat.cancel_asked', { ref }), words('chat.cancelled_now', { ref })];
    expect(answers).toContain((await ana.press(asked, 'cancel')).html);
    expect((await waitForEnd(test.core, id)).state).toBe('cancelled');
    expect((await ana.type('/quota')).text).toMatch(/0\D+20\D+20/);
  });
});
