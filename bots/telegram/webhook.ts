import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage as HttpRequest, ServerResponse } from 'node:http';
import type { Log, Settings } from '../../core/index.ts';
import type { Api } from './api.ts';
import type { TelegramCore } from './core-parts.ts';
import { describeFault } from './faults.ts';
import type { IncomingUpdate } from './update-types.ts';
import { allowedUpdates } from './updates.ts';

const longestBody = 1_000_000;

/** What Telegram shows us so that we know it is Telegram. Told to nobody else. */
export function webhookSecret(secrets: TelegramCore['secrets']): string {
  return Buffer.from(secrets.derive('telegram-webhook')).toString('base64url');
}

/** Asks Telegram to bring updates to PUBLIC_URL. */
export async function setWebhook({
  api,
  settings,
  secret,
}: {
  api: Api;
  settings: Pick<Settings, 'publicUrl'>;
  secret: string;
}) {
  const url = `${settings.publicUrl}/webhooks/telegram`;
  await api.call('setWebhook', { url, secret_token: secret, allowed_updates: allowedUpdates });
}

/**
 * Receives updates by POST: 200 once an update cannot be lost any more, 401 without the secret, 500
 * to have it brought again. Takes the body as an earlier parser left it, or reads it.
 */
export function createWebhookHandler({
  secret,
  handle,
  log,
}: {
  secret: string;
  handle(update: IncomingUpdate): Promise<void>;
  log: Log;
}) {
  const expected = Buffer.from(secret);
  return async (request: HttpRequest & { body?: unknown }, response: ServerResponse): Promise<void> => {
    const given = Buffer.from(String(request.headers['x-telegram-bot-api-secret-token'] ?? ''));
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return end(response, 401);
    const update = await readUpdate(request).catch(() => null);
    if (!update) return end(response, 400);
    const status = await handle(update).then(
      () => 200,
      (error: unknown) => {
        log.error({ update: update.update_id, err: describeFault(error) }, 'an update failed');
        return 500;
      },
    );
    end(response, status);
  };
}

function end(response: ServerResponse, status: number): void {
  response.statusCode = status;
  response.end();
}

async function readUpdate(request: HttpRequest & { body?: unknown }): Promise<IncomingUpdate | null> {
  const body = request.body ?? (await readBytes(request));
  const update: unknown = Buffer.isBuffer(body) ? JSON.parse(body.toString('utf8')) : body;
  const isUpdate =
    typeof update === 'object' && update !== null && Number.isSafeInteger((update as IncomingUpdate).update_id);
  return isUpdate ? (update as IncomingUpdate) : null;
}

async function readBytes(request: HttpRequest): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > longestBody) throw new Error('The update is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
