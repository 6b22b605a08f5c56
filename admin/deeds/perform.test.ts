import { Prisma } from '@prisma/client';
import type { ActionRequest } from 'adminjs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { AppError, type Core } from '../../core/index.ts';
import { createWords } from '../../core/words/words.ts';
import { type Performance, perform } from './perform.ts';

/** Only what a deed asks of the core; what is done once, and recorded, has tests of its own. */
const core = {
  words: createWords(),
  log: { info: () => {} },
  once: { run: async (_key: string, work: () => Promise<unknown>) => ({ done: true, value: await work() }) },
  audit: {
    act: async (_deed: unknown, _look: unknown, work: () => Promise<unknown>) => work(),
  },
} as unknown as Core;

function deed(changes: Partial<Performance<{ images: number }>>, payload: Record<string, string> = { images: '1' }) {
  return perform({
    ...{ core, name: 'giveImages', blame: {}, subject: { type: 'Account', id: '1' }, accountId: '1' },
    input: z.object({ images: z.coerce.number() }),
    admin: { id: 'a', email: 'o@example.com', locale: 'es' },
    request: { payload } as unknown as ActionRequest,
    otherOf: async () => null,
    fields: async () => [],
    facts: async () => ({ left: 3 }),
    weigh: null,
    look: async () => ({}),
    work: async () => {},
    ...changes,
  });
}

const fail = (error: unknown) => async () => {
  throw error;
};
const known = (code: string) =>
  new Prisma.PrismaClientKnownRequestError('at /srv/x.ts:1', { code, clientVersion: '7' });

test.each([
  ['refused by the core', new AppError('last_owner'), 'Es la última persona propietaria. Nombra antes a otra.'],
  ['gone meanwhile', known('P2025'), createWords().plain('es', 'panel.faults.gone')],
  ['what it names is gone', known('P2003'), createWords().plain('es', 'panel.faults.gone')],
  ['the database is away', known('P1001'), createWords().plain('es', 'errors.unavailable')],
  [
    'a connection is cut',
    Object.assign(new Error('connect ECONNREFUSED 10.0.0.1'), { code: 'ECONNREFUSED' }),
    createWords().plain('es', 'errors.unavailable'),
  ],
])('%s: one sentence, in the operator’s language', async (_what, error, message) => {
  const answer = await deed({ work: fail(error) });
  expect(answer).toEqual({ done: false, notice: { type: 'error', message, options: { defaultValue: message } } });
  // Opening the page says it the same way.
  expect(await deed({ facts: fail(error) }, { look: 'yes' })).toMatchObject({ done: false, notice: { message } });
});

test('a refusal that is about a field stands there; a fault of ours stays one', async () => {
  const refused = deed({ work: fail(new AppError('last_owner')), blame: { last_owner: 'images' } });
  await expect(refused).rejects.toMatchObject({ propertyErrors: { images: { type: 'last_owner' } } });
  await expect(deed({ work: fail(new TypeError('x is undefined')) })).rejects.toThrow(TypeError);
});

test('what is weighed is done only once somebody said so', async () => {
  let done = 0;
  const changes = {
    weigh: async ({ images }: { images: number }) => ({ images }),
    work: async () => {
      done++;
      return { images: 2 };
    },
  };
  expect(await deed(changes, { images: '2' })).toEqual({ done: false, weighed: { images: 2 } });
  expect(done).toBe(0);
  expect(await deed(changes, { images: '2', weighed: 'yes' })).toMatchObject({
    done: true,
    notice: { type: 'success' },
  });
  expect(done).toBe(1);
});
