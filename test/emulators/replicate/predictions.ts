import { randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { emulatedModels } from './models.ts';

type Status = 'starting' | 'processing' | 'succeeded' | 'failed' | 'canceled' | 'aborted';
export type WebhookEvent = 'start' | 'output' | 'logs' | 'completed';

/** A prediction in the service's own terms. Times are milliseconds since 1970. */
export type Prediction = {
  id: string;
  model: string;
  version: string;
  input: Record<string, unknown>;
  status: Status;
  output: string | string[] | null;
  error: string | null;
  logs: string;
  createdAt: number;
  startedAt: number | null;
  completedAt: number | null;
  deadline: number | null;
  dataRemoved: boolean;
  webhook: string | null;
  webhookEvents: readonly WebhookEvent[];
};

export type NewPrediction = Pick<Prediction, 'model' | 'version' | 'input' | 'webhook' | 'webhookEvents'> & {
  cancelAfterMs: number | null;
};

const retentionMs = 60 * 60 * 1000;
const steps = 28;

/** Said by the safety checker of the open models. */
export const nsfwError = 'NSFW content detected. Try running it again, or try a different prompt.';

/**
 * Predictions and how they go. Each takes `runMs` from its making to its end, its log growing on the
 * way, unless predictions are held. A prompt with the word `nsfw` ends as the safety checker ends it.
 */
export function createPredictions(options: {
  runMs: number;
  clock: () => number;
  fileUrl: (id: string, index: number, format: string) => string;
}) {
  const { runMs, clock, fileUrl } = options;
  const all = new Map<string, Prediction>();
  const timers = new Map<string, NodeJS.Timeout[]>();
  const events = new EventEmitter<{
    webhook: [Prediction, WebhookEvent];
    ended: [Prediction];
    created: [Prediction];
  }>();
  events.setMaxListeners(0);
  const unseen: Prediction[] = [];
  const nextErrors: string[] = [];
  let held = false;

  function create(details: NewPrediction): Prediction {
    const { cancelAfterMs, ...rest } = details;
    const prediction: Prediction = {
      ...rest,
      id: randomBytes(16).toString('hex').slice(0, 26),
      status: 'starting',
      output: null,
      error: null,
      logs: '',
      createdAt: clock(),
      startedAt: null,
      completedAt: null,
      deadline: cancelAfterMs === null ? null : clock() + cancelAfterMs,
      dataRemoved: false,
    };
    all.set(prediction.id, prediction);
    if (cancelAfterMs !== null)
      after(prediction, cancelAfterMs, () =>
        stop(prediction, prediction.status === 'starting' ? 'aborted' : 'canceled'),
      );
    const error = nextErrors.shift() ?? (/\bnsfw\b/i.test(String(details.input.prompt)) ? nsfwError : null);
    if (error) prediction.error = error;
    if (!held) schedule(prediction);
    unseen.push(prediction);
    events.emit('created', prediction);
    return prediction;
  }

  function schedule(prediction: Prediction): void {
    after(prediction, runMs * 0.15, () => begin(prediction));
    for (const share of [0.25, 0.5, 0.75])
      after(prediction, runMs * (0.15 + share * 0.8), () => advance(prediction.id, share));
    after(prediction, runMs, () => release(prediction.id));
  }

  function after(prediction: Prediction, ms: number, run: () => void): void {
    const timer = setTimeout(run, ms);
    timers.set(prediction.id, [...(timers.get(prediction.id) ?? []), timer]);
  }

  function begin(prediction: Prediction): void {
    if (prediction.status !== 'starting') return;
    prediction.status = 'processing';
    prediction.startedAt = clock();
    prediction.logs = `Using seed: ${prediction.input.seed ?? 1234}\n`;
    events.emit('webhook', prediction, 'start');
  }

  /** Writes the progress line of a share of the run, 0 … 1, as tqdm does. */
  function advance(id: string, share: number): void {
    const prediction = find(id);
    begin(prediction);
    if (prediction.status !== 'processing') return;
    const done = Math.round(share * steps);
    const bar = '█'.repeat(Math.round(share * 10)).padEnd(10);
    prediction.logs += `${String(Math.round(share * 100)).padStart(3)}%|${bar}| ${done}/${steps} [00:0${done % 10}<00:01, 12.50it/s]\n`;
    events.emit('webhook', prediction, 'logs');
  }

  /** Ends it now, as it would have ended by itself. */
  function release(id: string): void {
    const prediction = find(id);
    begin(prediction);
    if (prediction.status !== 'processing') return;
    if (prediction.error) {
      fail(id, prediction.error);
      return;
    }
    advance(id, 1);
    const model = emulatedModels[prediction.model];
    const format = String(prediction.input.output_format ?? model?.format ?? 'webp');
    const count = Number(prediction.input.num_outputs ?? 1);
    const urls = Array.from({ length: count }, (_, index) => fileUrl(id, index, format));
    prediction.output = model?.output === 'one' ? (urls[0] ?? null) : urls;
    events.emit('webhook', prediction, 'output');
    end(prediction, 'succeeded');
  }

  function fail(id: string, error: string): void {
    const prediction = find(id);
    if (isOver(prediction)) return;
    prediction.error = error;
    end(prediction, 'failed');
  }

  function stop(prediction: Prediction, status: 'canceled' | 'aborted'): void {
    if (!isOver(prediction)) end(prediction, status);
  }

  function end(prediction: Prediction, status: Status): void {
    prediction.status = status;
    prediction.completedAt = clock();
    for (const timer of timers.get(prediction.id) ?? []) clearTimeout(timer);
    timers.delete(prediction.id);
    events.emit('webhook', prediction, 'completed');
    events.emit('ended', prediction);
  }

  function find(id: string): Prediction {
    const prediction = all.get(id);
    if (!prediction) throw new Error(`no prediction ${id} was made here`);
    return prediction;
  }

  /** Inputs, outputs and logs go an hour after the end. */
  function tidy(prediction: Prediction, force = false): void {
    const due = prediction.completedAt !== null && (force || clock() - prediction.completedAt >= retentionMs);
    if (!due || prediction.dataRemoved) return;
    Object.assign(prediction, {
      dataRemoved: true,
      input: {},
      output: null,
      logs: '',
    });
  }

  return {
    events,
    create,
    advance,
    release,
    fail,
    get(id: string): Prediction | null {
      const prediction = all.get(id) ?? null;
      if (prediction) tidy(prediction);
      return prediction;
    },
    /** Oldest first. */
    list(): Prediction[] {
      for (const prediction of all.values()) tidy(prediction);
      return [...all.values()];
    },
    cancel: (id: string) => stop(find(id), 'canceled'),
    expireAll: () => {
      for (const prediction of all.values()) tidy(prediction, true);
    },
    hold: () => {
      held = true;
    },
    /** The next one made ends with this error. */
    failNextRun: (error: string) => nextErrors.push(error),
    /** Each prediction once, in the order they were made. */
    async next(): Promise<Prediction> {
      while (unseen.length === 0) await once(events, 'created');
      return unseen.shift() as Prediction;
    },
    async ended(id: string, signal: AbortSignal): Promise<void> {
      while (!isOver(find(id)) && !signal.aborted) await once(events, 'ended', { signal }).catch(() => {});
    },
    close: () => {
      for (const timer of [...timers.values()].flat()) clearTimeout(timer);
    },
  };
}

export function isOver({ status }: Prediction): boolean {
  return status !== 'starting' && status !== 'processing';
}
