import { createPublicKey, verify } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type APIInteraction, InteractionResponseType, InteractionType } from 'discord.js';

/** Interactions are a few kilobytes; nothing larger is read before its signature is known. */
const largestBody = 256 * 1024;
/** An older request was kept by someone and sent again. */
const longestAgeMs = 5 * 60_000;

/**
 * Discord's HTTP endpoint for interactions. Wants the raw body, so it must come before any body
 * parser. Requests that Discord did not sign get 401, as Discord demands and tests. The rest are
 * acknowledged by 202 and answered by calls to Discord, like those of the gateway.
 */
export function createInteractionsHandler(parts: {
  publicKey: string;
  now: () => number;
  receive(interaction: APIInteraction): void;
}) {
  const key = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(parts.publicKey, 'hex').toString('base64url') },
    format: 'jwk',
  });

  function isSigned(request: IncomingMessage, body: Buffer): boolean {
    const signature = String(request.headers['x-signature-ed25519'] ?? '');
    const timestamp = String(request.headers['x-signature-timestamp'] ?? '');
    if (!/^[0-9a-f]{128}$/i.test(signature) || !/^\d{1,12}$/.test(timestamp)) return false;
    if (Math.abs(parts.now() - Number(timestamp) * 1000) > longestAgeMs) return false;
    return verify(null, Buffer.concat([Buffer.from(timestamp), body]), key, Buffer.from(signature, 'hex'));
  }

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request).catch(() => undefined);
    // The sender went away half-way.
    if (body === undefined) return void response.destroy();
    if (body === null) return end(response, 413);
    if (!isSigned(request, body)) return end(response, 401);
    const interaction = parse(body);
    if (interaction === null) return end(response, 400);
    if (interaction.type === InteractionType.Ping) return end(response, 200, { type: InteractionResponseType.Pong });
    end(response, 202);
    parts.receive(interaction);
  };
}

/** Null when it is too large. */
async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    // Read to the end all the same: a sender that is cut off mid-way sees a broken connection, not the answer.
    if (size <= largestBody) chunks.push(chunk);
  }
  return size > largestBody ? null : Buffer.concat(chunks);
}

function parse(body: Buffer): APIInteraction | null {
  try {
    const value: unknown = JSON.parse(body.toString());
    return typeof value === 'object' && value !== null && 'type' in value ? (value as APIInteraction) : null;
  } catch {
    return null;
  }
}

function end(response: ServerResponse, status: number, body?: object): void {
  response.writeHead(status, body ? { 'content-type': 'application/json' } : {}).end(body && JSON.stringify(body));
}
