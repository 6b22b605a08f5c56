import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeMember, makePlan } from '../../test/support/core.ts';
import { createPerson, createTestDispatch } from '../../test/support/person.ts';
import { type QuotaWorld, startQuotaWorld } from '../../test/support/quota-world.ts';
import { resultReply } from '../results.ts';

let now: Date;
let world: QuotaWorld;
beforeAll(async () => {
  now = new Date('2027-03-10T12:00:00Z');
  world = await startQuotaWorld({ clock: () => now });
});
afterAll(() => world.close());

async function join(locale: string, limits: Parameters<typeof makePlan>[1]) {
  const { core } = world;
  const plan = await makePlan(core, limits);
  await core.database.prisma.plan.update({ where: { slug: plan }, data: { name: 'Atelier' } });
  const { account, userId } = await makeMember(core, { plan });
  const person = createPerson(createTestDispatch(core), { platform: 'web', userId, locale });
  /** Asks, and lets it end with so many images. */
  const draw = async (images: number, keep: number) => {
    const { taken } = await world.ask(account, images, 0);
    await world.end(taken?.id ?? '', keep);
    const generation = await core.generations.find(taken?.id ?? '');
    if (!generation) throw new Error('It is gone');
    return generation;
  };
  return { account, person, draw };
}

const at = (minute: number) => new Date(Date.UTC(2027, 2, 10, 12, minute));

describe('/quota', () => {
  it('says what is used, left and renewed, what is extra, and what moved last, and no more', async () => {
    const { account, person, draw } = await join('en', { perDay: 4, perMonth: 1000, perMinute: 30, concurrent: 5 });
    const { prisma } = world.core.database;
    await prisma.purchase.create({
      data: {
        id: 'cs_quota',
        accountId: account.id,
        packSlug: 'pack-50',
        images: 50,
        amount: 500,
        currency: 'eur',
        createdAt: now,
        syncedAt: now,
      },
    });
    now = at(1);
    await draw(1, 1);
    now = at(2);
    await world.core.quotas.grant({ accountId: account.id, images: 50, purchaseId: 'cs_quota' });
    now = at(3);
    const fox = await draw(4, 2);
    now = at(4);
    await world.core.quotas.giveBack({ accountId: account.id, day: '2027-03-10', images: 1, note: 'it was <blurred>' });
    now = at(5);
    const { text, html, private: isPrivate } = await person.type('/quota');
    expect(isPrivate).toBe(true);
    expect(text.split('\n')).toEqual([
      'Today: 2 of 4 images used, 2 left. Resets Mar 11, 2027, 12:00 AM UTC.',
      'This month: 2 of 1,000 images used, 998 left. Resets Apr 1, 2027, 12:00 AM UTC.',
      'Extra images: 50 left. They never expire and are used when your plan has none left.',
      'Plan: Atelier – up to 30 requests a minute, 5 at once.',
      '',
      'Lately',
      '1 image given back by the operator, Mar 10, 2027, 12:04 PM UTC – it was <blurred>',
      `2 images back from ${fox.ref}, Mar 10, 2027, 12:03 PM UTC`,
      `4 images for ${fox.ref}, 1 of them extra, Mar 10, 2027, 12:03 PM UTC`,
      '50 extra images from the pack “50 images”, Mar 10, 2027, 12:02 PM UTC',
      expect.stringMatching(/^1 image for \w+, Mar 10, 2027, 12:01 PM UTC$/),
    ]);
    // The platforms make of it how long that is from now.
    expect(html).toContain('<time datetime="2027-03-11T00:00:00.000Z" data-distance>');
    expect(html).toContain('<time datetime="2027-03-10T12:04:00.000Z" data-distance>');
  });

  it('says the same in Spanish', async () => {
    const { account, person, draw } = await join('es-419', { perDay: 2 });
    now = at(1);
    await world.core.quotas.grant({ accountId: account.id, images: 1 });
    const { ref } = await draw(3, 3);
    now = at(2);
    await world.core.quotas.grant({ accountId: account.id, images: 6, note: 'perdón' });
    await world.core.quotas.grant({ accountId: account.id, images: -2 });
    expect((await person.type('/quota')).text.split('\n')).toEqual([
      'Hoy: 2 de 2 imágenes usadas, quedan 0. Se renueva: 11 mar 2027, 0:00 UTC.',
      'Imágenes extra: quedan 4. No caducan y se usan cuando tu plan ya no tiene más.',
      'Plan: Atelier – hasta 100.000 peticiones por minuto, 100.000 a la vez.',
      '',
      'Últimos movimientos',
      '2 imágenes extra retiradas por el operador, 10 mar 2027, 12:02 UTC',
      '6 imágenes extra del operador, 10 mar 2027, 12:02 UTC – perdón',
      `3 imágenes para ${ref}, 1 de ellas extra, 10 mar 2027, 12:01 UTC`,
      '1 imagen extra del operador, 10 mar 2027, 12:01 UTC',
    ]);
  });

  it('is short for somebody who has done nothing yet', async () => {
    const { person } = await join('en', { perDay: 20 });
    expect((await person.type('/quota')).text.split('\n')).toHaveLength(2);
  });

  it('turns the message of a new month on and off', async () => {
    const { account, person } = await join('en', {});
    const { prisma } = world.core.database;
    const wants = async () => (await prisma.account.findUniqueOrThrow({ where: { id: account.id } })).monthNotice;
    expect(await wants()).toBe(false);
    expect((await person.type('/quota --notify on')).text).toContain('when a new month begins');
    expect(await wants()).toBe(true);
    // The only option needs no name.
    expect((await person.type('/quota off')).text).toContain('No message');
    expect(await wants()).toBe(false);
    expect((await person.type('/quota maybe')).text).toContain('on, off');
    expect(await wants()).toBe(false);
  });
});

describe('a refusal', () => {
  it('tells what is left with the extra images when that is too little', async () => {
    const { account, person } = await join('en', { perDay: 3 });
    await world.ask(account, 2, 0);
    await world.grant(account, 1);
    const { text } = await person.type('/imagine a fleet --count 3');
    expect(text.split('\n')).toEqual([
      'You have used 2 of 3 images today. Resets Mar 11, 2027, 12:00 AM UTC.',
      'With your extra images, 2 are left; you asked for more.',
      'Nothing was charged.',
    ]);
  });

  it('names the month when that is what ran out', async () => {
    const { account, person } = await join('es', { perDay: 3, perMonth: 2 });
    await world.ask(account, 2, 0);
    expect((await person.type('/imagine un zorro')).text.split('\n')).toEqual([
      'Este mes has usado 2 de 2 imágenes. Se renueva: 1 abr 2027, 0:00 UTC.',
      'No se ha cobrado nada.',
    ]);
  });
});

describe('a result', () => {
  const lines = async (generation: Parameters<typeof resultReply>[2], locale = 'en') =>
    (await resultReply(world.core, locale, generation)).html.split('\n').map((line) => line.replace(/<[^>]*>/g, ''));

  it('says what it cost and what is left, extra images too', async () => {
    const { account, draw } = await join('en', { perDay: 2 });
    await world.grant(account, 6);
    expect(await lines(await draw(1, 1))).toContain('1 image used. 1 of 2 images left today. 6 extra images left.');
    expect(await lines(await draw(3, 3))).toContain(
      '3 images used. 2 of them were extra. 0 of 2 images left today. 4 extra images left.',
    );
    const last = await lines(await draw(4, 3));
    expect(last).toContain('3 extra images used. 0 of 2 images left today. 1 extra image left.');
    expect(last).toContain('3 of 4 pictures came; the others were not charged.');
    expect(await lines(await draw(1, 1), 'es')).toContain('1 imagen extra usada. Imágenes que te quedan hoy: 0 de 2.');
  });

  it('says the month when that ends sooner than the day', async () => {
    const { draw } = await join('en', { perDay: 20, perMonth: 3 });
    expect(await lines(await draw(2, 2))).toContain('2 images used. 1 of 3 images left this month.');
  });

  it('that is none says that it was not charged', async () => {
    const { account, draw } = await join('en', { perDay: 2 });
    const failed = await lines(await draw(2, 0));
    expect(failed.at(-1)).toMatch(/^Not charged\./);
    const { taken } = await world.ask(account, 2, 0);
    await world.cancel(account, taken?.id ?? '');
    const cancelled = await world.core.generations.find(taken?.id ?? '');
    if (!cancelled) throw new Error('It is gone');
    expect((await lines(cancelled)).at(-1)).toMatch(/^Cancelled\. Not charged\./);
  });
});
