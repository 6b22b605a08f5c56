import { createHash } from 'node:crypto';
import { type Refusal, refusals } from './answers.ts';
import { emulatedModels, validateInput } from './models.ts';
import type { NewPrediction, WebhookEvent } from './predictions.ts';

type Headers = Record<string, string | string[] | undefined>;
type Read<T> = { ok: T } | { refusal: Refusal };

const webhookEvents: readonly WebhookEvent[] = ['start', 'output', 'logs', 'completed'];
const bodyFields = new Set(['input', 'version', 'stream', 'webhook', 'webhook_events_filter']);

/** The version of a model that has one: official models hide theirs. */
export function versionOf(path: string): string {
  return createHash('sha256').update(path).digest('hex');
}

/** Reads and checks a creation as the service does; `model` comes from the address, or null for `version`. */
export function readCreation(body: unknown, model: string | null, headers: Headers): Read<NewPrediction> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return {
      refusal: refusals.malformed('Request body must be a JSON object', 400),
    };
  }
  const {
    input,
    version,
    webhook = null,
    webhook_events_filter: filter = webhookEvents,
  } = body as Record<string, unknown>;
  const unknown = Object.keys(body).find((field) => !bodyFields.has(field));
  if (unknown)
    return {
      refusal: refusals.malformed(`- ${unknown}: Additional property ${unknown} is not allowed\n`),
    };
  const path = model ?? readVersion(version);
  if (path === undefined) return { refusal: refusals.malformed('- version is required\n') };
  const known = path === null ? undefined : emulatedModels[path];
  if (path === null || !known)
    return {
      refusal: model === null ? refusals.malformed('Invalid version or not permitted') : refusals.notFound,
    };
  if (typeof input !== 'object' || input === null) return { refusal: refusals.malformed('- input is required\n') };
  const wrong = validateInput(known, input as Record<string, unknown>);
  if (wrong.length > 0) return { refusal: refusals.invalid(wrong) };
  if (webhook !== null && !isWebhookAddress(webhook))
    return {
      refusal: refusals.malformed('- webhook: Does not match format "uri"\n'),
    };
  if (!Array.isArray(filter) || filter.some((event) => !webhookEvents.includes(event))) {
    return {
      refusal: refusals.malformed('- webhook_events_filter: must be one of start, output, logs, completed\n'),
    };
  }
  const cancelAfterMs = readDuration(headers['cancel-after']);
  if (cancelAfterMs === undefined)
    return {
      refusal: refusals.malformed('Invalid Cancel-After header: must be a duration of at least 5 seconds', 400),
    };
  return {
    ok: {
      model: path,
      version: model === null ? versionOf(path) : 'hidden',
      input: input as Record<string, unknown>,
      webhook: webhook as string | null,
      webhookEvents: filter as WebhookEvent[],
      cancelAfterMs,
    },
  };
}

/** Seconds of `Prefer: wait=n` (1 … 60, 60 without a number), 0 without the header, undefined when wrong. */
export function readWait(header: string | string[] | undefined): number | undefined {
  if (header === undefined) return 0;
  const wait = /^wait(?:=(\d+))?$/.exec(String(header));
  const seconds = wait ? Number(wait[1] ?? 60) : 0;
  return seconds >= 1 && seconds <= 60 ? seconds : undefined;
}

function readVersion(version: unknown): string | null | undefined {
  if (version === undefined) return undefined;
  const wanted = String(version);
  return (
    Object.keys(emulatedModels).find((path) =>
      [path, versionOf(path), `${path}:${versionOf(path)}`].includes(wanted),
    ) ?? null
  );
}

/** https, as the real service asks; http only to this machine, where tests listen. */
function isWebhookAddress(value: unknown): boolean {
  const url = typeof value === 'string' ? URL.parse(value) : null;
  if (!url) return false;
  return (
    url.protocol === 'https:' ||
    (url.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname))
  );
}

/** `30s`, `1m`, `1h30m` or a number of seconds; null without the header, undefined when wrong. */
function readDuration(header: string | string[] | undefined): number | null | undefined {
  if (header === undefined) return null;
  const parts = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s?)?$/.exec(String(header));
  if (!parts) return undefined;
  const seconds = Number(parts[1] ?? 0) * 3600 + Number(parts[2] ?? 0) * 60 + Number(parts[3] ?? 0);
  return seconds >= 5 ? seconds * 1000 : undefined;
}
