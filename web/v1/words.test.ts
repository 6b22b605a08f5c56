import { afterAll, beforeAll, expect, it } from 'vitest';
import { commandsIn } from '../../test/support/commands-in.ts';
import { type Developer, startTestRest, type TestRest } from '../../test/support/rest.ts';

let rest: TestRest;
beforeAll(async () => {
  // Nothing is ever drawn, so that what was asked for stays in the making.
  rest = await startTestRest({ worker: false });
});
afterAll(() => rest.close());

it('knows a command when it sees one', () => {
  expect(commandsIn('Try `/imagine a fox` or /help. (/link)')).toEqual(['/imagine', '/help', '/link']);
  expect(
    commandsIn('GET /v1/account, application/json, https://example.com/queue, #/components, the page /docs'),
  ).toEqual([]);
});

it('names no command in the document', async () => {
  const text = await (await fetch(`${rest.url}/openapi.json`)).text();
  expect(commandsIn(text)).toEqual([]);
});

/** Asks in each language; answers the code once no words of it named a command. */
async function refusalOf(ask: Developer['ask'], path: string, options: Parameters<Developer['ask']>[1] = {}) {
  let code = '';
  for (const language of ['en', 'es']) {
    const response = await ask(path, { ...options, headers: { 'accept-language': language } });
    const { error } = (await response.json()) as { error: { code: string; message: string } };
    expect(commandsIn(error.message), error.message).toEqual([]);
    code = error.code;
  }
  return code;
}

it('names no command in its answers, while a chat does', async () => {
  const stranger: Developer['ask'] = (path, options) => fetch(rest.url + path, options);
  expect(await refusalOf(stranger, '/v1/account')).toBe('key_missing');
  const { account, ask, key } = await rest.developer({ limits: { perDay: 2, concurrent: 1 } });
  expect(await refusalOf((path, options) => ask(path, options), '/v1/generations/nothing')).toBe('not_found');
  expect(await refusalOf(ask, '/v1/nothing-here')).toBe('not_found');
  expect(await refusalOf(ask, '/v1/generations', { json: { prompt: ' ' } })).toBe('prompt_missing');
  expect(await refusalOf(ask, '/v1/generations', { json: { prompt: 'a fox', count: 3 } })).toBe('quota_exceeded');
  const made = (await (await ask('/v1/generations', { json: { prompt: 'a fox' } })).json()) as { id: string };
  expect(await refusalOf(ask, '/v1/generations', { json: { prompt: 'a fox' } })).toBe('quota_exceeded');
  await ask(`/v1/generations/${made.id}/cancel`, { method: 'POST' });
  expect(await refusalOf(ask, `/v1/generations/${made.id}/cancel`, { method: 'POST' })).toBe('already_ended');
  const [own] = await rest.core.apiKeys.list(account.id);
  await rest.core.apiKeys.revoke(account.id, own?.id as string);
  expect(await refusalOf(ask, '/v1/account')).toBe('key_revoked');
  expect(key).toMatch(/^esl_/);
  const { words } = rest.core;
  expect(commandsIn(words.plain('en', 'errors.key_revoked'))).toEqual(['/apikey']);
  expect(commandsIn(words.plain('es', 'hints.finish'))).toEqual(['/queue', '/cancel']);
});
