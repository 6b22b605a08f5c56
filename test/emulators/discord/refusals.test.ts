import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { badCommands, badMessages, button, row } from './bad-calls.ts';
import type { ChannelHandle, DiscordEmulator } from './index.ts';
import { startDiscord } from './index.ts';

const MIB = 1024 * 1024;
describe('what the emulator refuses', () => {
  let discord: DiscordEmulator;
  let channel: ChannelHandle;

  beforeAll(async () => {
    const many = { limit: 1_000, perMs: 1_000 };
    discord = await startDiscord({
      globalPerSecond: 10_000,
      rateLimits: { createMessage: many, commands: many, openChannel: many, self: many },
    });
    channel = discord.guildChannel();
  });
  afterAll(() => discord.close());

  async function send(
    method: string,
    path: string,
    body?: object | FormData | string,
    headers: Record<string, string> = {},
  ) {
    const json = typeof body === 'object' && !(body instanceof FormData);
    const response = await fetch(`${discord.apiUrl}/v10${path}`, {
      method,
      headers: {
        authorization: `Bot ${discord.token}`,
        ...(json && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: json ? JSON.stringify(body) : (body as FormData | string) }),
    });
    return { status: response.status, body: JSON.parse((await response.text()) || 'null') };
  }

  function errorAt(answer: { body: { errors: Record<string, unknown> } }, place: string) {
    // Localised keys hold no dots, so the place can be split at them.
    const node = place
      .split('.')
      .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], answer.body.errors);
    return (node as { _errors?: { code: string }[] } | undefined)?._errors?.map((error) => error.code);
  }

  it.each(badMessages)('refuses %s', async (_what, body, place, code) => {
    const answer = await send('POST', `/channels/${channel.id}/messages`, body);
    expect(answer).toMatchObject({ status: 400, body: { code: 50035, message: 'Invalid Form Body' } });
    expect(errorAt(answer, place)).toContain(code);
  });

  it.each(badCommands)('refuses a command with %s', async (_what, commands, place, code) => {
    const answer = await send('PUT', `/applications/${discord.applicationId}/commands`, commands);
    expect(answer).toMatchObject({ status: 400, body: { code: 50035 } });
    expect(errorAt(answer, place)).toContain(code);
    expect(discord.commands()).toEqual([]);
  });

  it('accepts the very limits', async () => {
    const components = Array.from({ length: 5 }, (_, r) =>
      row(...Array.from({ length: 5 }, (_, n) => button(`${r}${n}`.padEnd(100, 'x'), { label: 'x'.repeat(80) }))),
    );
    const embeds = [{ title: 'x'.repeat(256), description: 'x'.repeat(4096) }];
    const answer = await send('POST', `/channels/${channel.id}/messages`, {
      content: '🦊'.repeat(2000),
      components,
      embeds,
    });
    expect(answer.status).toBe(200);
  });

  it.each([
    ['an empty message', { content: '  ' }, 400, 50006],
    ['nothing at all', {}, 400, 50006],
  ])('refuses %s', async (_what, body, status, code) => {
    expect(await send('POST', `/channels/${channel.id}/messages`, body)).toMatchObject({ status, body: { code } });
  });

  it('refuses files that are too large or too many', async () => {
    const upload = (count: number, size: number) => {
      const form = new FormData();
      for (let n = 0; n < count; n += 1) form.set(`files[${n}]`, new Blob([new Uint8Array(size)]), `${n}.bin`);
      return form;
    };
    const path = `/channels/${channel.id}/messages`;
    expect(await send('POST', path, upload(1, 10 * MIB))).toMatchObject({ status: 200 });
    expect(await send('POST', path, upload(1, 10 * MIB + 1))).toMatchObject({ status: 413, body: { code: 40005 } });
    expect(await send('POST', path, upload(10, 1))).toMatchObject({ status: 200 });
    expect(await send('POST', path, upload(11, 1))).toMatchObject({ status: 400, body: { code: 30015 } });
  });

  it.each([
    ['a wrong token', 'GET', '/users/@me', undefined, { authorization: 'Bot x' }, 401, 0],
    ['a bare token', 'GET', '/users/@me', undefined, { authorization: 'x' }, 401, 0],
    ['an unknown path', 'GET', '/guilds/@me/nowhere', undefined, {}, 404, 0],
    ['an id that is none', 'GET', '/users/@you', undefined, {}, 400, 50035],
    ['a wrong method', 'DELETE', '/gateway/bot', undefined, {}, 405, 0],
    ['an unknown channel', 'POST', '/channels/1/messages', { content: 'x' }, {}, 404, 10003],
    ['an unknown recipient', 'POST', '/users/@me/channels', { recipient_id: '1' }, {}, 400, 50033],
    ['bad JSON', 'POST', '/users/@me/channels', '{', { 'content-type': 'application/json' }, 400, 50109],
    ['another content type', 'POST', '/users/@me/channels', 'x', { 'content-type': 'text/plain' }, 400, 50035],
    ['an unknown webhook', 'POST', '/webhooks/1/x', { content: 'x' }, {}, 404, 10015],
    ['an unknown interaction', 'POST', '/interactions/1/x/callback', { type: 4 }, {}, 404, 10062],
  ])('refuses %s', async (_what, method, path, body, headers, status, code) => {
    expect(await send(method, path, body, headers as Record<string, string>)).toMatchObject({ status, body: { code } });
  });

  it('refuses another version', async () => {
    const response = await fetch(`${discord.apiUrl}/v6/gateway/bot`);
    expect(await response.json()).toMatchObject({ code: 50041 });
  });

  it('refuses channels and people as the test sets it', async () => {
    const closed = discord.guildChannel();
    const path = `/channels/${closed.id}/messages`;
    for (const [code, status] of [
      [50001, 403],
      [50013, 403],
      [10003, 404],
    ] as const) {
      closed.refuse(code);
      expect(await send('POST', path, { content: 'x' })).toMatchObject({ status, body: { code } });
    }
    closed.refuse(null);
    expect(await send('POST', path, { content: 'x' })).toMatchObject({ status: 200 });
    const person = discord.user();
    person.refuseDirectMessages(true);
    const direct = await send('POST', '/users/@me/channels', { recipient_id: person.id });
    expect(await send('POST', `/channels/${direct.body.id}/messages`, { content: 'x' })).toMatchObject({
      status: 403,
      body: { code: 50007 },
    });
    person.refuseDirectMessages(false);
    await send('POST', `/channels/${direct.body.id}/messages`, { content: 'hello' });
    expect(person.sees({ dm: true })).toMatchObject([{ content: 'hello' }]);
  });

  it('opens no new private chat for a bot that has opened too many, and keeps those it has', async () => {
    const [known, stranger] = [discord.user(), discord.user()];
    const open = (recipient: { id: string }) => send('POST', '/users/@me/channels', { recipient_id: recipient.id });
    const { body } = await open(known);
    discord.refuseNewDirectMessages(true);
    expect(await open(stranger)).toMatchObject({ status: 403, body: { code: 40003 } });
    expect(await open(known)).toMatchObject({ status: 200, body: { id: body.id } });
    discord.refuseNewDirectMessages(false);
    expect(await open(stranger)).toMatchObject({ status: 200 });
  });

  it('sends a message with an enforced nonce once', async () => {
    const quiet = discord.guildChannel();
    const body = { content: 'x', nonce: 'n1', enforce_nonce: true };
    const first = await send('POST', `/channels/${quiet.id}/messages`, body);
    const second = await send('POST', `/channels/${quiet.id}/messages`, body);
    expect(second.body.id).toBe(first.body.id);
    await send('POST', `/channels/${quiet.id}/messages`, { content: 'x', nonce: 'n1' });
    expect(quiet.messages).toHaveLength(2);
  });

  it('edits and deletes what it sent', async () => {
    const quiet = discord.guildChannel();
    const form = new FormData();
    form.set('payload_json', JSON.stringify({ content: 'x', attachments: [{ id: 0, description: 'a file' }] }));
    form.set('files[0]', new Blob(['bytes']), 'a b.txt');
    const { body } = await send('POST', `/channels/${quiet.id}/messages`, form);
    expect(quiet.messages[0]?.attachments).toMatchObject([{ filename: 'a_b.txt', description: 'a file' }]);
    const path = `/channels/${quiet.id}/messages/${body.id}`;
    await send('PATCH', path, { content: 'y' });
    expect(quiet.messages[0]).toMatchObject({ content: 'y', edited: true, attachments: [{}] });
    expect(await send('PATCH', path, { content: '', attachments: [] })).toMatchObject({ body: { code: 50006 } });
    await send('PATCH', path, { attachments: [] });
    expect(quiet.messages[0]?.attachments).toEqual([]);
    expect(await send('DELETE', path)).toEqual({ status: 204, body: null });
    expect(await send('PATCH', path, { content: 'z' })).toMatchObject({ status: 404, body: { code: 10008 } });
  });
});
