import { badRequest, conflict, tooManyRequests } from '../errors.ts';
import type { Parameters } from '../parameters.ts';
import type { Answer, Method, Service } from './service.ts';

const SET_WEBHOOK_INTERVAL_MS = 1000;
const CALLBACK_TEXT_LIMIT = 200;

/** The methods by which a bot receives updates and answers button presses. */
export function createReceiveMethods(service: Service): Record<string, Method> {
  let nextSetWebhook = 0;
  return {
    getUpdates: (parameters) => getUpdates(service, parameters),
    setWebhook(parameters) {
      const now = Date.now();
      if (parameters.has('url') && now < nextSetWebhook) throw tooManyRequests(1);
      if (parameters.has('url')) nextSetWebhook = now + SET_WEBHOOK_INTERVAL_MS;
      return parameters.has('url') ? setWebhook(service, parameters) : removeWebhook(service, parameters);
    },
    deleteWebhook: (parameters) => removeWebhook(service, parameters),
    getWebhookInfo: () => ({ result: describeWebhook(service) }),
    answerCallbackQuery: (parameters) => answerCallbackQuery(service, parameters),
  };
}

async function getUpdates({ updates, webhook }: Service, parameters: Parameters): Promise<Answer> {
  if (webhook.state().url !== '') {
    throw conflict(
      "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
    );
  }
  updates.allow(parameters.json('allowed_updates', "Can't parse allowed updates JSON object"));
  const offset = parameters.integer('offset', 0);
  const limit = parameters.integer('limit', 100, 1, 100);
  return {
    result: await updates.read(offset, limit, parameters.integer('timeout', 0, 0)),
  };
}

function setWebhook({ updates, webhook }: Service, parameters: Parameters): Answer {
  const secretToken = parameters.text('secret_token');
  if (secretToken.length > 256) throw badRequest('secret token is too long');
  if (!/^[\w-]*$/.test(secretToken)) throw badRequest('secret token contains unallowed characters');
  const next = {
    url: parameters.text('url'),
    secretToken,
    maxConnections: parameters.integer('max_connections', 40, 1, 100),
  };
  updates.interrupt('terminated by setWebhook request');
  updates.allow(parameters.json('allowed_updates', "Can't parse allowed updates JSON object"));
  if (parameters.flag('drop_pending_updates')) updates.clear();
  const current = webhook.state();
  const isSame =
    current.url === next.url && current.secretToken === secretToken && current.maxConnections === next.maxConnections;
  if (isSame) return { result: true, description: 'Webhook is already set' };
  webhook.set(next);
  return { result: true, description: 'Webhook was set' };
}

function removeWebhook({ updates, webhook }: Service, parameters: Parameters): Answer {
  if (parameters.flag('drop_pending_updates')) updates.clear();
  const wasSet = webhook.state().url !== '';
  webhook.remove();
  return {
    result: true,
    description: wasSet ? 'Webhook was deleted' : 'Webhook is already deleted',
  };
}

function describeWebhook({ updates, webhook }: Service): Record<string, unknown> {
  const { url, maxConnections, lastErrorDate, lastErrorMessage } = webhook.state();
  return {
    url,
    has_custom_certificate: false,
    pending_update_count: updates.count(),
    ...(lastErrorDate && {
      last_error_date: lastErrorDate,
      last_error_message: lastErrorMessage,
    }),
    ...(url !== '' && {
      max_connections: maxConnections,
      ip_address: '127.0.0.1',
    }),
    ...(updates.allowedTypes().length > 0 && {
      allowed_updates: updates.allowedTypes(),
    }),
  };
}

/** A press may open the bot's own link only. */
function answerCallbackQuery({ callbacks, world }: Service, parameters: Parameters): Answer {
  const text = parameters.text('text');
  const url = parameters.text('url');
  if ([...text].length > CALLBACK_TEXT_LIMIT) throw badRequest('MESSAGE_TOO_LONG');
  const own = new RegExp(`^(https?://)?t\\.me/${world.bot.username}\\?`, 'i');
  if (url !== '' && !own.test(url)) throw badRequest('URL_INVALID');
  callbacks.answer(parameters.text('callback_query_id'), {
    text: text || undefined,
    alert: parameters.flag('show_alert'),
    url: url || undefined,
  });
  return { result: true };
}
