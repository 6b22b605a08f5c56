import { createPrivateKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { Interaction, State, Wire } from '../model/state.ts';
import { FIRST_RESPONSE_MS } from '../model/state.ts';
import { parseBody } from '../rest/body.ts';
import { acknowledge } from '../rest/callbacks.ts';
import type { BotCalls } from '../rest/calls.ts';
import { describeBody } from '../rest/calls.ts';
import { DiscordFault } from '../rest/faults.ts';
import { isRecord } from '../rest/form.ts';

const CALLBACK = '/interactions/{interaction_id}/{interaction_token}/callback';
const PING = 1;
const PONG = 1;

/** Delivers interactions to the bot's own address, signed with the application's ed25519 key. */
export function createEndpoint(options: { state: State; calls: BotCalls; maxFileBytes: number; onAnswered(): void }) {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  let address: string | null = null;

  function post(url: string, body: string, key = privateKey): Promise<Response> {
    const timestamp = String(Math.floor(Date.now() / 1000));
    return fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Discord-Interactions/1.0 (+https://discord.com)',
        'x-signature-ed25519': sign(null, Buffer.from(timestamp + body), key).toString('hex'),
        'x-signature-timestamp': timestamp,
      },
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(FIRST_RESPONSE_MS),
    });
  }

  /** Sends a PING signed by somebody else's key, as Discord does now and then; returns the status. */
  async function probe(url: string): Promise<number> {
    const stranger = generateKeyPairSync('ed25519').privateKey;
    return (await post(url, ping(options.state), createPrivateKey(stranger.export({ type: 'pkcs8', format: 'pem' }))))
      .status;
  }

  return {
    /** The public half in hex, as the developer portal shows it. */
    publicKey: publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('hex'),
    address: (): string | null => address,
    probe: (): Promise<number> => probe(address ?? ''),
    /**
     * Sets the interactions endpoint address, or takes it away with null. Refuses it, as the portal does, unless it
     * answers a PING and answers 401 to one with a bad signature. While set, nothing goes over the gateway.
     */
    async set(url: string | null): Promise<void> {
      if (url !== null) {
        const pong = await post(url, ping(options.state));
        const answer: unknown = await pong.json().catch(() => null);
        if (pong.status !== 200 || !isRecord(answer) || answer.type !== PONG)
          throw unverified('it did not answer the PING');
        const status = await probe(url);
        if (status !== 401) throw unverified(`it answered ${status} to a bad signature`);
      }
      address = url;
    },
    /** Posts one interaction and takes its answer as the first response; what is wrong ends in `interaction.fault`. */
    async deliver(interaction: Interaction, payload: Wire): Promise<void> {
      try {
        const response = await post(address ?? '', JSON.stringify(payload));
        await take(interaction, response);
      } catch (error) {
        interaction.fault = error instanceof Error ? error.message : String(error);
      }
      options.onAnswered();
    },
  };

  async function take(interaction: Interaction, response: Response): Promise<void> {
    const bytes = Buffer.from(await response.arrayBuffer());
    // 202 and 204 leave the first response to be given by REST.
    if (response.status === 202 || response.status === 204) return;
    if (response.status !== 200) throw new Error(`the endpoint answered ${response.status}`);
    const contentType = response.headers.get('content-type') ?? undefined;
    const path = `/interactions/${interaction.id}/${interaction.token}/callback`;
    const call = options.calls.add({
      source: 'endpoint',
      method: 'POST',
      template: CALLBACK,
      path,
      query: {},
      contentType,
    });
    try {
      const parsed = await parseBody(bytes, contentType, options.maxFileBytes);
      Object.assign(call, describeBody(parsed));
      acknowledge(options.state, interaction, parsed);
      call.status = 200;
    } catch (error) {
      if (!(error instanceof DiscordFault)) throw error;
      Object.assign(call, { status: error.status, code: error.code });
      throw new Error(`Discord refused the answer: ${JSON.stringify(error.toWire())}`);
    }
  }
}

function ping(state: State): string {
  return JSON.stringify({
    id: state.newId(),
    application_id: state.applicationId,
    type: PING,
    token: randomBytes(32).toString('base64url'),
    version: 1,
    entitlements: [],
    authorizing_integration_owners: {},
  });
}

function unverified(why: string): DiscordFault {
  return new DiscordFault(400, 50035, `Invalid Form Body: ${why}`, {
    interactions_endpoint_url: {
      _errors: [
        {
          code: 'APPLICATION_INTERACTIONS_ENDPOINT_URL_INVALID',
          message: 'The specified interactions endpoint url could not be verified.',
        },
      ],
    },
  });
}
