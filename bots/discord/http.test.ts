import { generateKeyPairSync, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startDiscord } from '../../test/emulators/discord/index.ts';
import { createFakeDispatch } from '../fake-dispatch.ts';
import { encodeCommands } from './encode-commands.ts';
import { createDiscordInteractions } from './index.ts';
import { createFakeCore } from './test-bench.ts';

const keys = generateKeyPairSync('ed25519');
const ownPublicKey = keys.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('hex');
const now = Date.parse('2026-11-21T12:00:00Z');

let dispatch: ReturnType<typeof createFakeDispatch>;
let close: () => Promise<void>;
beforeEach(() => {
  dispatch = createFakeDispatch();
});
afterEach(() => close());

async function serve(core: ReturnType<typeof createFakeCore>, clock?: () => number): Promise<string> {
  const handler = createDiscordInteractions({ core, dispatch, ...(clock && { now: clock }) });
  const server = createServer(handler).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  close = async () => {
    await handler.stop();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/discord`;
}

describe('the signature', () => {
  const ping = '{"type":1,"id":"1","application_id":"2","token":"t","version":1}';
  const send = async (
    body: string,
    {
      at = now,
      signed = body,
      key = keys.privateKey,
      headers = {},
    }: { at?: number; signed?: string; key?: typeof keys.privateKey; headers?: object } = {},
  ) => {
    const url = await serve(createFakeCore({ publicKey: ownPublicKey }), () => now);
    const timestamp = String(Math.floor(at / 1000));
    const signature = sign(null, Buffer.from(timestamp + signed), key).toString('hex');
    return fetch(url, {
      method: 'POST',
      body,
      headers: { 'x-signature-ed25519': signature, 'x-signature-timestamp': timestamp, ...headers },
    });
  };

  it('lets a signed PING through', async () => {
    const response = await send(ping);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ type: 1 });
  });

  it.each([
    ['another body', { signed: `${ping} ` }],
    ['another key', { key: generateKeyPairSync('ed25519').privateKey }],
    ['an old timestamp', { at: now - 6 * 60_000 }],
    ['a timestamp to come', { at: now + 6 * 60_000 }],
    ['no signature', { headers: { 'x-signature-ed25519': '' } }],
    ['a signature of the wrong length', { headers: { 'x-signature-ed25519': 'abcd' } }],
    ['a timestamp that is none', { headers: { 'x-signature-timestamp': 'now' } }],
  ])('refuses %s with 401', async (_what, options) => {
    expect((await send(ping, options)).status).toBe(401);
    expect(dispatch.inbounds).toEqual([]);
  });

  it.each([
    ['a body that is too large', 'x'.repeat(300 * 1024), 413],
    ['a body that is no JSON', '{', 400],
    ['a body that is no interaction', '[]', 400],
  ])('refuses %s', async (_what, body, status) => {
    expect((await send(body)).status).toBe(status);
  });
});

it('serves Discord as its interactions endpoint, answering by REST', async () => {
  const discord = await startDiscord();
  const core = createFakeCore({ token: discord.token, apiUrl: discord.apiUrl, publicKey: discord.publicKey });
  const url = await serve(core);
  const shutServer = close;
  close = async () => {
    await shutServer();
    await discord.close();
  };
  await fetch(`${discord.apiUrl}/v10/applications/${discord.applicationId}/commands`, {
    method: 'PUT',
    headers: { authorization: `Bot ${discord.token}`, 'content-type': 'application/json' },
    body: JSON.stringify(encodeCommands(dispatch.commands, core)),
  });
  await discord.setEndpoint(url);
  discord.guildChannel();
  dispatch.answer({ html: 'Over HTTP', private: false });
  const handle = await discord.user().command('imagine', { prompt: 'x' });
  expect(await handle.reply()).toMatchObject({ content: 'Over HTTP' });
  expect(discord.calls.filter((call) => call.source === 'endpoint')).toEqual([]);
});
