import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeMember } from '../../test/support/core.ts';
import { type Shop, startShop } from '../../test/support/shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await startShop();
});
afterAll(() => shop.close());

test('a member pays and is premium, told where it was asked; the same payment twice changes nothing', async () => {
  const { core, stripe } = shop;
  const { account, userId } = await makeMember(core);
  const replyTo = { platform: 'web', visitorId: userId } as const;
  const page = await core.billing.openCheckout({ account, item: 'premium', replyTo, locale: 'en' });
  expect(page.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/c\/pay\/cs_test_/);
  stripe.pay(page.url);
  await shop.settled();
  expect(await core.accounts.find('web', userId)).toMatchObject({ planSlug: 'premium' });
  const notice = await core.database.prisma.notice.findFirstOrThrow({ where: { accountId: account.id } });
  expect(notice).toMatchObject({ key: 'payment_in', platform: 'web', platformUserId: userId });
});
