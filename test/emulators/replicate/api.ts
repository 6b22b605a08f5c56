import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerJson, present, type Refusal, refusals } from './answers.ts';
import type { Step } from './faults.ts';
import { emulatedModels } from './models.ts';
import { makePicture } from './pictures.ts';
import { type createPredictions, isOver } from './predictions.ts';
import { readCreation, readWait, versionOf } from './requests.ts';
import { type createUploads, presentFile } from './uploads.ts';

export type Call = {
  method: string;
  path: string;
  url: URL;
  headers: IncomingMessage['headers'];
  /** As JSON; null when it is none. */
  body: unknown;
  raw: Buffer;
};
export type Route = {
  step: Step | null;
  answer(response: ServerResponse, call: Call): Promise<void> | void;
};

/** The endpoints: which one a call is for, or null when there is none. */
export function createApi(options: {
  predictions: ReturnType<typeof createPredictions>;
  uploads: ReturnType<typeof createUploads>;
  /** `http://127.0.0.1:port` */
  origin: () => string;
  pageSize: number;
  listsWebhooks: boolean;
  /** Held requests are let go when it aborts. */
  closed: AbortSignal;
}): (call: Call) => Route | null {
  const { predictions, uploads, origin, pageSize, listsWebhooks, closed } = options;
  const apiUrl = () => `${origin()}/v1`;

  async function create(response: ServerResponse, { headers, body }: Call, model: string | null): Promise<void> {
    const read = readCreation(body, model, headers);
    if ('refusal' in read) return refuse(response, read.refusal);
    if (!uploads.areKnown(read.ok.input, apiUrl()))
      return refuse(response, refusals.malformed('- input: a file that it names was not found\n'));
    const wait = readWait(headers.prefer);
    if (wait === undefined) {
      return refuse(response, refusals.malformed('Invalid Prefer header: wait must be from 1 to 60 seconds', 400));
    }
    const prediction = predictions.create(read.ok);
    if (wait > 0) await predictions.ended(prediction.id, AbortSignal.any([AbortSignal.timeout(wait * 1000), closed]));
    const status = wait > 0 && !isOver(prediction) ? 202 : 201;
    answerJson(response, status, present(prediction, apiUrl(), { webhook: true, logs: true }));
  }

  async function upload(response: ServerResponse, { raw, headers }: Call): Promise<void> {
    const added = await uploads.add(raw, headers);
    if ('body' in added) refuse(response, added);
    else answerJson(response, 201, presentFile(added, apiUrl()));
  }

  function list(response: ServerResponse, { url }: Call): void {
    const newest = predictions.list().reverse();
    const after = url.searchParams.get('cursor');
    const start = after === null ? 0 : newest.findIndex(({ id }) => id === decode(after)) + 1;
    const page = newest.slice(start, start + pageSize);
    const last = page.at(-1);
    const more = last !== undefined && start + pageSize < newest.length;
    answerJson(response, 200, {
      previous: null,
      next: more ? `${apiUrl()}/predictions?cursor=${Buffer.from(last.id).toString('base64url')}` : null,
      results: page.map((prediction) => present(prediction, apiUrl(), { webhook: listsWebhooks, logs: false })),
    });
  }

  function show(response: ServerResponse, id: string): void {
    const prediction = predictions.get(id);
    if (prediction) answerJson(response, 200, present(prediction, apiUrl(), { webhook: true, logs: true }));
    else refuse(response, refusals.notFound);
  }

  function cancel(response: ServerResponse, id: string): void {
    if (predictions.get(id)) predictions.cancel(id);
    show(response, id);
  }

  /** No token is asked for: whoever has the address of an output has the output, while it lasts. */
  async function sendFile(response: ServerResponse, id: string, index: number, format: string): Promise<void> {
    const prediction = predictions.get(id);
    const url = `${origin()}/files/${id}/out-${index}.${format}`;
    if (!prediction?.output || ![prediction.output].flat().includes(url)) {
      return void response.writeHead(404).end('Not Found');
    }
    const picture = await makePicture(prediction, index, format);
    const type = `image/${format === 'jpg' ? 'jpeg' : format}`;
    response
      .writeHead(200, {
        'content-type': type,
        'content-length': picture.length,
      })
      .end(picture);
  }

  return ({ method, path }) => {
    const is = (wanted: string, pattern: RegExp) => (method === wanted ? pattern.exec(path) : null);
    const file = is('GET', /^\/files\/([a-z0-9]+)\/out-(\d)\.(png|webp|jpg)$/);
    if (file)
      return {
        step: 'file',
        answer: (to) => sendFile(to, file[1] ?? '', Number(file[2]), file[3] ?? ''),
      };
    const official = is('POST', /^\/v1\/models\/([\w.-]+\/[\w.-]+)\/predictions$/);
    if (official)
      return {
        step: 'create',
        answer: (to, call) => create(to, call, official[1] ?? ''),
      };
    if (is('POST', /^\/v1\/predictions$/)) return { step: 'create', answer: (to, call) => create(to, call, null) };
    if (is('POST', /^\/v1\/files$/)) return { step: 'upload', answer: upload };
    if (is('GET', /^\/v1\/predictions$/)) return { step: 'list', answer: list };
    const one = is('GET', /^\/v1\/predictions\/([a-z0-9]+)$/);
    if (one) return { step: 'get', answer: (to) => show(to, one[1] ?? '') };
    const cancelled = is('POST', /^\/v1\/predictions\/([a-z0-9]+)\/cancel$/);
    if (cancelled) return { step: 'cancel', answer: (to) => cancel(to, cancelled[1] ?? '') };
    if (is('GET', /^\/v1\/account$/)) return { step: 'account', answer: (to) => answerJson(to, 200, account) };
    const model = is('GET', /^\/v1\/models\/([\w.-]+\/[\w.-]+)$/);
    return model ? { step: 'model', answer: (to) => describeModel(to, model[1] ?? '') } : null;
  };
}

export function refuse(response: ServerResponse, { status, body, headers }: Refusal): void {
  answerJson(response, status, body, headers);
}

const account = {
  type: 'organization',
  username: 'easel',
  name: 'Easel',
  github_url: 'https://github.com/easel',
};

function describeModel(response: ServerResponse, path: string): void {
  const model = emulatedModels[path];
  if (!model) {
    refuse(response, refusals.notFound);
    return;
  }
  const [owner, name] = path.split('/');
  const input = {
    type: 'object',
    required: model.required,
    properties: model.fields,
  };
  answerJson(response, 200, {
    url: `https://replicate.com/${path}`,
    owner,
    name,
    visibility: 'public',
    run_count: 1_000_000,
    latest_version: {
      id: versionOf(path),
      created_at: '2026-01-01T00:00:00.000Z',
      cog_version: '0.16.0',
      openapi_schema: {
        openapi: '3.0.2',
        components: { schemas: { Input: input } },
      },
    },
  });
}

function decode(cursor: string): string {
  return Buffer.from(cursor, 'base64url').toString();
}
