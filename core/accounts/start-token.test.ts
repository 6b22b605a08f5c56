import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCore, type TestCore } from '../../test/support/core.ts';

describe('the start token', () => {
  let test: TestCore;
  beforeAll(async () => {
    test = await startTestCore();
    await test.core.database.prisma.account.create({
      data: { id: crypto.randomUUID(), email: 'boss@example.com', role: 'owner' },
    });
  });
  afterAll(() => test.close());
  const redeem = (token: string, userId: string = crypto.randomUUID()) =>
    test.core.accounts.redeemStartToken({ token, platform: 'web', userId, displayName: 'browser', locale: 'en' });

  it('makes one browser the operator, once, also when it is opened many times at once', async () => {
    const token = test.core.accounts.issueStartToken('boss@example.com');
    const opened = await Promise.all(Array.from({ length: 20 }, () => redeem(token)));
    expect(opened.filter(Boolean)).toMatchObject([{ email: 'boss@example.com', role: 'owner' }]);
    expect(await redeem(token)).toBeNull();
  });

  it('is void when it is wrong, empty, or replaced by a newer one', async () => {
    const old = test.core.accounts.issueStartToken('boss@example.com');
    const token = test.core.accounts.issueStartToken('boss@example.com');
    for (const wrong of ['', 'x', old, `${token}x`, token.toLowerCase()]) expect(await redeem(wrong)).toBeNull();
    expect(await redeem(token, 'my-browser')).toMatchObject({ role: 'owner' });
    expect(await test.core.accounts.find('web', 'my-browser')).toMatchObject({ role: 'owner' });
  });
});
