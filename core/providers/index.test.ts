import { expect, test } from 'vitest';
import { createProviders } from './index.ts';

const log = { debug: () => {} };
const replicate = {
  token: 'r8_x',
  apiUrl: 'https://api.replicate.com/v1',
  webhook: null,
};

test('without Replicate the sandbox is on offer', () => {
  const providers = createProviders({
    replicate: null,
    sandbox: { delayMs: 0 },
    log,
  });
  expect(providers.models.every(({ provider }) => provider === 'sandbox')).toBe(true);
  expect(providers.findModel('sandbox-landscape')).toMatchObject({
    priceMicros: 0,
  });
  expect(providers.find('replicate')).toBeNull();
});

test('with Replicate only its models are, but a drawing under way still has its provider', () => {
  const providers = createProviders({
    replicate,
    sandbox: { delayMs: 0 },
    log,
  });
  expect(providers.models.every(({ provider }) => provider === 'replicate')).toBe(true);
  expect(providers.findModel('flux-schnell')).toMatchObject({
    provider: 'replicate',
    maxCount: 4,
  });
  expect(providers.findModel('sandbox-landscape')).toBeNull();
  expect(providers.find('sandbox')?.name).toBe('sandbox');
});
