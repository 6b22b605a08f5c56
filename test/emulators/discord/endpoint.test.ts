import { createPublicKey, verify } from 'node:crypto';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DiscordEmulator } from './index.ts';
import { startDiscord } from './index.ts';
import { readBody } from './rest/body.ts';
import { checkCallsAgainstSpec } from './validate-calls.ts';

type Answer = { status: number; body?: unknown; form?: FormData };

describe('interactions over HTTP', () => {
  let discord: DiscordEmulator;
  let server: Server;
  let url: string;
  let answer: (interaction: { type: number; id: string; token: string; data: Record<string, unknown> }) => Answer;
  let verifies: boolean;

  beforeEach(async () => {
    discord = await startDiscord();
    const headers = { authorization: `Bot ${discord.token}`, 'content-type': 'application/json' };
    const commands = [
      { name: 'ping', description: 'x', options: [{ type: 3, name: 'text', description: 'x', autocomplete: true }] },
    ];
    const path = `${discord.apiUrl}/v10/applications/${discord.applicationId}/commands`;
    await fetch(path, { method: 'PUT', headers, body: JSON.stringify(commands) });
    verifies = true;
    answer = ({ type }) =>
      type === 1 ? { status: 200, body: { type: 1 } } : { status: 200, body: { type: 4, data: { content: 'pong' } } };
    server = createServer(async (request, response) => {
      const body = (await readBody(request)).toString();
      const { 'x-signature-ed25519': signature, 'x-signature-timestamp': timestamp } = request.headers;
      if (verifies && !isGenuine(discord.publicKey, String(timestamp) + body, String(signature)))
        return response.writeHead(401).end();
      const given = answer(JSON.parse(body));
      const encoded = new Response(given.form ?? (given.body === undefined ? null : JSON.stringify(given.body)));
      const contentType = given.form ? String(encoded.headers.get('content-type')) : 'application/json';
      response.writeHead(given.status, { 'content-type': contentType }).end(Buffer.from(await encoded.arrayBuffer()));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await discord.close();
  });

  it('takes an address that answers the ping and tells signatures apart', async () => {
    await discord.setEndpoint(url);
    expect(await discord.probeEndpoint()).toBe(401);
    const application = await fetch(`${discord.apiUrl}/v10/applications/@me`, {
      headers: { authorization: `Bot ${discord.token}` },
    });
    expect(await application.json()).toMatchObject({ interactions_endpoint_url: url, verify_key: discord.publicKey });
  });

  it('refuses an address that checks no signature, or answers no ping', async () => {
    verifies = false;
    await expect(discord.setEndpoint(url)).rejects.toThrow('answered 200 to a bad signature');
    verifies = true;
    answer = () => ({ status: 200, body: { type: 4, data: { content: 'x' } } });
    await expect(discord.setEndpoint(url)).rejects.toThrow('did not answer the PING');
  });

  it('takes the body of the answer as the first response', async () => {
    await discord.setEndpoint(url);
    const ada = discord.user();
    const used = await ada.command('ping');
    expect(await used.reply()).toMatchObject({ content: 'pong', ephemeral: false });
    expect(discord.calls.at(-1)).toMatchObject({ source: 'endpoint', body: { type: 4 }, status: 200 });
  });

  it('checks such an answer against the vendor like a call', async (context) => {
    await discord.setEndpoint(url);
    await (await discord.user().command('ping')).reply();
    checkCallsAgainstSpec(
      context,
      discord.calls.filter((call) => call.source === 'endpoint'),
    );
  });

  it('takes a deferral, choices, an update and a form with a file', async () => {
    await discord.setEndpoint(url);
    const ada = discord.user();
    answer = () => ({ status: 200, body: { type: 8, data: { choices: [{ name: 'x', value: 'y' }] } } });
    expect(await ada.autocomplete('ping', 'text', '')).toEqual([{ name: 'x', value: 'y' }]);

    answer = () => ({ status: 200, body: { type: 5, data: { flags: 64 } } });
    const deferred = await ada.command('ping');
    expect(await deferred.acknowledged()).toBe(5);
    const original = `${discord.apiUrl}/v10/webhooks/${discord.applicationId}/${deferred.token}/messages/%40original`;
    const components = [{ type: 1, components: [{ type: 2, style: 1, label: 'More', custom_id: 'more' }] }];
    await fetch(original, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ content: 'x', components }),
    });
    const message = await deferred.reply();
    expect(message.ephemeral).toBe(true);

    answer = () => {
      const form = new FormData();
      form.set('payload_json', JSON.stringify({ type: 7, data: { content: 'updated', attachments: [{ id: 0 }] } }));
      form.set('files[0]', new Blob(['bytes']), 'a.txt');
      return { status: 200, form };
    };
    const clicked = await ada.click(message, 'more');
    expect(await clicked.reply()).toMatchObject({
      id: message.id,
      content: 'updated',
      attachments: [{ filename: 'a.txt' }],
    });
    await expect(discord.user().click(message, 'more')).rejects.toThrow('does not see');
  });

  it('shows the person nothing of an answer that Discord refuses', async () => {
    await discord.setEndpoint(url);
    answer = () => ({ status: 200, body: { type: 4, data: { content: 'x'.repeat(2001) } } });
    await expect((await discord.user().command('ping')).reply()).rejects.toThrow('50035');
    answer = () => ({ status: 500 });
    await expect((await discord.user().command('ping')).reply()).rejects.toThrow('the endpoint answered 500');
  });
});

function isGenuine(publicKey: string, message: string, signature: string): boolean {
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(publicKey, 'hex')]);
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
  return verify(null, Buffer.from(message), key, Buffer.from(signature, 'hex'));
}
