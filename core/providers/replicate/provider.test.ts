import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import sharp from 'sharp';
import { afterEach, describe, expect, test } from 'vitest';
import {
  type EmulatorOptions,
  type ReplicateEmulator,
  startReplicate,
} from '../../../test/emulators/replicate/index.ts';
import { type ImageModel, type ImageProvider, ProviderError } from '../port.ts';
import { makePicture, makeRequest, providerContract } from '../provider-contract.ts';
import { createReplicateProvider, type ReplicateSettings } from './provider.ts';

const open: { close(): Promise<void> }[] = [];
const logged: unknown[] = [];
const log = { debug: (...line: unknown[]) => void logged.push(line) };
// Nobody listens there: these tests look at what is asked, not at what is called back.
const webhook = { publicUrl: 'http://127.0.0.1:9' };

afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

async function start(options: EmulatorOptions = {}, settings: Partial<ReplicateSettings> = {}) {
  const replicate = await startReplicate(options);
  open.push(replicate);
  const provider = createReplicateProvider({
    token: replicate.token,
    apiUrl: replicate.apiUrl,
    webhook,
    log,
    ...settings,
  });
  return { replicate, provider };
}

const soon = () => AbortSignal.timeout(10_000);
const failure = async (promise: Promise<unknown>): Promise<ProviderError> => {
  const error = await promise.then(
    () => new Error('it worked'),
    (caught) => caught,
  );
  expect(error).toBeInstanceOf(ProviderError);
  return error as ProviderError;
};
const modelNamed = (provider: ImageProvider, id: string) =>
  provider.models.find((model) => model.id === id) as ImageModel;

providerContract('replicate', async () => {
  const replicate = await startReplicate({ creationsPerMinute: 10_000 });
  replicate.holdPredictions();
  const make = () =>
    createReplicateProvider({
      token: replicate.token,
      apiUrl: replicate.apiUrl,
      webhook,
      log,
    });
  return {
    provider: make(),
    restart: make,
    finish: async () => {
      for (const { id } of replicate.predictions.list()) replicate.release(id);
    },
    countCreations: () => replicate.creations,
    close: replicate.close,
  };
});

describe('start sends exactly one creating request', () => {
  test.each([
    [
      '429',
      { status: 429, retryAfterSeconds: 7 },
      {
        code: 'provider_rate_limited',
        started: 'no',
        retryable: true,
        retryAfterMs: 7000,
      },
      0,
    ],
    ['500', { status: 500 }, { code: 'provider_unavailable', started: 'unknown', retryable: true }, 0],
    ['503', { status: 503 }, { code: 'provider_unavailable', started: 'unknown', retryable: true }, 0],
    ['401', { status: 401 }, { code: 'provider_unauthorized', started: 'no', retryable: false }, 0],
    ['402', { status: 402 }, { code: 'provider_unauthorized', started: 'no', retryable: false }, 0],
    ['404', { status: 404 }, { code: 'provider_rejected', started: 'no', retryable: false }, 0],
    [
      'a reset before anything was done',
      { reset: 'before' },
      { code: 'provider_unavailable', started: 'unknown', retryable: true },
      0,
    ],
    [
      'a reset after it was done',
      { reset: 'after' },
      { code: 'provider_unavailable', started: 'unknown', retryable: true },
      1,
    ],
    [
      'an answer that comes too late',
      { delayMs: 5000 },
      { code: 'provider_unavailable', started: 'unknown', retryable: true },
      1,
    ],
    [
      'an answer that is not JSON',
      { body: '<html>' },
      { code: 'provider_unavailable', started: 'unknown', retryable: true },
      1,
    ],
    [
      'an answer that is something else',
      { body: '{"ok":true}' },
      { code: 'provider_unavailable', started: 'unknown', retryable: true },
      1,
    ],
  ] as const)('on %s', async (_, fault, expected, made) => {
    const { replicate, provider } = await start({}, { timeoutMs: 300 });
    replicate.failNext({ step: 'create', ...fault });
    const request = makeRequest(provider, {});
    const error = await failure(provider.start(request, soon()));
    expect(error).toMatchObject(expected);
    expect(replicate.creations).toBe(1);
    expect(replicate.predictions.list()).toHaveLength(made);
    expect(`${error.message} ${error.stack}`).not.toContain(request.prompt);
    expect(`${error.message} ${error.stack}`).not.toContain(replicate.token);
  });

  test('when it is stopped half-way', async () => {
    const { replicate, provider } = await start();
    replicate.failNext({ step: 'create', delayMs: 5000 });
    const stop = new AbortController();
    const starting = failure(provider.start(makeRequest(provider, {}), stop.signal));
    await replicate.nextPrediction();
    stop.abort();
    expect(await starting).toMatchObject({
      code: 'provider_unavailable',
      started: 'unknown',
    });
    expect(replicate.creations).toBe(1);
  });

  test('and says that nothing was started where nobody listens', async () => {
    const { replicate, provider } = await start();
    await replicate.close();
    expect(await failure(provider.start(makeRequest(provider, {}), soon()))).toMatchObject({
      code: 'provider_unavailable',
      started: 'no',
      retryable: true,
    });
  });

  test('and never follows a redirect with the token', async () => {
    const asked: string[] = [];
    const { apiUrl } = await listen((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(307, { location: '/elsewhere' }).end();
    });
    const { provider } = await start({}, { apiUrl });
    expect(await failure(provider.start(makeRequest(provider, {}), soon()))).toMatchObject({
      code: 'provider_unavailable',
    });
    expect(asked).toHaveLength(1);
  });
});

describe('what start asks for', () => {
  test('a callback that names the generation, a deadline, and no waiting', async () => {
    const { replicate, provider } = await start();
    const request = makeRequest(provider, { generationId: 'gen/1' });
    await provider.start(request, soon());
    const [call] = replicate.calls;
    expect(call?.body).toMatchObject({
      webhook: 'http://127.0.0.1:9/webhooks/replicate?generation=gen%2F1',
      webhook_events_filter: ['completed'],
    });
    expect(call?.headers).toMatchObject({ 'cancel-after': '180s' });
    expect(call?.headers).not.toHaveProperty('prefer');
  });

  test('without a callback, a fast model to be held until it ends', async () => {
    const { replicate, provider } = await start({}, { webhook: null });
    const operation = await provider.start(makeRequest(provider, {}), soon());
    expect(replicate.calls[0]?.headers).toMatchObject({ prefer: 'wait=5' });
    expect(replicate.predictions.get(operation.id)).toMatchObject({
      status: 'succeeded',
      webhook: null,
    });
    const slow = modelNamed(provider, 'qwen-image');
    await provider.start(makeRequest(provider, { model: slow }), soon());
    expect(replicate.calls[1]?.headers).not.toHaveProperty('prefer');
  });

  test.each([
    ['a count that the model does not have', { count: 5 }],
    ['a negative prompt that it does not have', { negativePrompt: 'rain' }],
    ['an empty prompt', { prompt: '' }],
  ])('refuses %s before asking', async (_, rest) => {
    const { replicate, provider } = await start();
    expect(await failure(provider.start(makeRequest(provider, rest), soon()))).toMatchObject({
      code: 'provider_rejected',
    });
    expect(replicate.creations).toBe(0);
  });
});

describe('find, after a lost answer', () => {
  const lose = async (replicate: ReplicateEmulator, provider: ImageProvider, rest = {}) => {
    const request = makeRequest(provider, rest);
    replicate.failNext({ step: 'create', reset: 'after' });
    await failure(provider.start(request, soon()));
    return { request, made: (await replicate.nextPrediction()).id };
  };

  test.each([true, false])('finds the one it made among others (webhooks listed: %s)', async (listsWebhooks) => {
    const { replicate, provider } = await start({
      pageSize: 2,
      listsWebhooks,
    });
    const since = new Date();
    await provider.start(makeRequest(provider, {}), soon());
    await replicate.nextPrediction();
    const { request, made } = await lose(replicate, provider);
    for (let other = 0; other < 5; other++) await provider.start(makeRequest(provider, {}), soon());
    const operation = await provider.find(request, since);
    expect(operation?.id).toBe(made);
    expect(await provider.status(operation ?? { id: '' })).toBeDefined();
    expect(
      replicate.calls.filter(({ path, method }) => method === 'GET' && path === '/v1/predictions').length,
    ).toBeGreaterThan(1);
  });

  test('finds nothing when the request never arrived', async () => {
    const { replicate, provider } = await start();
    const request = makeRequest(provider, {});
    replicate.failNext({ step: 'create', reset: 'before' });
    await failure(provider.start(request, soon()));
    expect(await provider.find(request, new Date())).toBeNull();
  });

  test('looks no further back than it is told', async () => {
    let now = Date.now();
    const { replicate, provider } = await start({
      clock: () => now,
      pageSize: 1,
    });
    const { request } = await lose(replicate, provider);
    now += 60_000;
    for (let other = 0; other < 3; other++) await provider.start(makeRequest(provider, {}), soon());
    expect(await provider.find(request, new Date(now))).toBeNull();
    expect(replicate.calls.filter(({ path }) => path === '/v1/predictions')).toHaveLength(4);
  });

  test('does not take the same picture asked for by another generation', async () => {
    const { provider } = await start();
    const model = modelNamed(provider, 'recraft-v3');
    await provider.start(makeRequest(provider, { model, generationId: 'other' }), soon());
    expect(await provider.find(makeRequest(provider, { model, generationId: 'own' }), new Date())).toBeNull();
  });

  test('does not say "none" once the inputs have been removed', async () => {
    const { replicate, provider } = await start({ listsWebhooks: false });
    const { request, made } = await lose(replicate, provider);
    replicate.predictions.fail(made, 'over');
    replicate.expireOutputs();
    expect(await failure(provider.find(request, new Date()))).toMatchObject({
      code: 'output_gone',
      started: 'unknown',
      retryable: false,
    });
  });

  test('does not carry the token to a page on another server', async () => {
    const visited: string[] = [];
    const stranger = await listen((request, response) => {
      visited.push(request.url ?? '');
      response.end('{}');
    });
    const { apiUrl } = await listen((_, response) => {
      response.end(JSON.stringify({ next: `${stranger.apiUrl}/predictions`, results: [] }));
    });
    const { provider } = await start({}, { apiUrl });
    expect(await failure(provider.find(makeRequest(provider, {}), new Date()))).toMatchObject({
      code: 'provider_unavailable',
    });
    expect(visited).toEqual([]);
  });
});

describe('a picture to start from', () => {
  test.each([
    ['flux-kontext-pro', (address: string) => ({ input_image: address })],
    ['flux-dev', (address: string) => ({ image: address, prompt_strength: 0.8 })],
    ['flux-2-pro', (address: string) => ({ input_images: [address] })],
    ['stable-diffusion-3.5-large', (address: string) => ({ image: address, prompt_strength: 0.8 })],
    ['seedream-4', (address: string) => ({ image_input: [address] })],
  ])('goes to %s in its own field, in the request while it is small', async (id, field) => {
    const { replicate, provider } = await start();
    const image = await makePicture(64);
    await provider.start(makeRequest(provider, { model: modelNamed(provider, id), image }), soon());
    const address = `data:image/png;base64,${Buffer.from(image.bytes).toString('base64')}`;
    expect(replicate.predictions.list()[0]?.input).toMatchObject(field(address));
    expect(replicate.uploads()).toEqual([]);
  });

  test('is uploaded when it is large', async () => {
    const { replicate, provider } = await start();
    const image = await makePicture(1024);
    const model = modelNamed(provider, 'flux-kontext-pro');
    await provider.start(makeRequest(provider, { model, image }), soon());
    const [file] = replicate.uploads();
    expect(file).toMatchObject({ contentType: 'image/png', bytes: Buffer.from(image.bytes) });
    expect(replicate.predictions.list()[0]?.input.input_image).toBe(`${replicate.apiUrl}/files/${file?.id}`);
    expect(replicate.creations).toBe(1);
  });

  test.each([
    [
      { status: 429, retryAfterSeconds: 7 },
      { code: 'provider_rate_limited', retryable: true, retryAfterMs: 7000 },
    ],
    [{ status: 500 }, { code: 'provider_unavailable', retryable: true }],
    [{ reset: 'after' as const }, { code: 'provider_unavailable', retryable: true }],
    [{ body: '{}' }, { code: 'provider_unavailable', retryable: true }],
    [{ status: 401 }, { code: 'provider_unauthorized', retryable: false }],
  ])('that cannot be uploaded (%j) starts nothing', async (fault, expected) => {
    const { replicate, provider } = await start();
    replicate.failNext({ step: 'upload', ...fault });
    const request = makeRequest(provider, {
      model: modelNamed(provider, 'flux-kontext-pro'),
      image: await makePicture(1024),
    });
    expect(await failure(provider.start(request, soon()))).toMatchObject({ ...expected, started: 'no' });
    expect(replicate.creations).toBe(0);
    expect(replicate.calls).toHaveLength(1);
  });

  test('need not be known to find what was started with it', async () => {
    const { replicate, provider } = await start({ listsWebhooks: false });
    const request = makeRequest(provider, {
      model: modelNamed(provider, 'flux-dev'),
      image: await makePicture(64),
    });
    replicate.failNext({ step: 'create', reset: 'after' });
    expect(await failure(provider.start(request, soon()))).toMatchObject({ started: 'unknown' });
    const found = await provider.find({ ...request, image: null }, new Date());
    expect(found?.id).toBe(replicate.predictions.list()[0]?.id);
  });
});

describe('status', () => {
  test('shows progress from the log', async () => {
    const { replicate, provider } = await start();
    replicate.holdPredictions();
    const operation = await provider.start(makeRequest(provider, {}), soon());
    expect(await provider.status(operation)).toEqual({
      state: 'running',
      progress: null,
    });
    replicate.predictions.advance(operation.id, 0.5);
    expect(await provider.status(operation)).toEqual({
      state: 'running',
      progress: 0.5,
    });
  });

  test('tells moderation from failure', async () => {
    const { replicate, provider } = await start();
    replicate.holdPredictions();
    const blocked = await provider.start(makeRequest(provider, { prompt: 'something nsfw' }), soon());
    const broken = await provider.start(makeRequest(provider, {}), soon());
    replicate.release(blocked.id);
    replicate.predictions.fail(broken.id, 'CUDA out of memory');
    expect(await provider.status(blocked)).toMatchObject({
      state: 'failed',
      code: 'provider_moderated',
    });
    expect(await provider.status(broken)).toMatchObject({
      state: 'failed',
      code: 'provider_failed',
      message: 'CUDA out of memory',
    });
  });

  test('is cancelled after cancel', async () => {
    const { replicate, provider } = await start();
    replicate.holdPredictions();
    const operation = await provider.start(makeRequest(provider, {}), soon());
    await provider.cancel(operation);
    expect(await provider.status(operation)).toEqual({ state: 'cancelled' });
    await provider.cancel({ ...operation, id: 'nosuchprediction' });
  });

  test('asks once, and says when to ask again', async () => {
    const { replicate, provider } = await start();
    const operation = await provider.start(makeRequest(provider, {}), soon());
    replicate.failNext({ step: 'get', status: 429, retryAfterSeconds: 3 });
    expect(await failure(provider.status(operation))).toMatchObject({
      code: 'provider_rate_limited',
      retryAfterMs: 3000,
    });
    expect(replicate.calls).toHaveLength(2);
  });
});

describe('download', () => {
  async function finished(rest = {}) {
    const both = await start();
    both.replicate.holdPredictions();
    const operation = await both.provider.start(makeRequest(both.provider, rest), soon());
    both.replicate.release(operation.id);
    const status = await both.provider.status(operation);
    if (status.state !== 'succeeded' || !status.outputs[0]) throw new Error(status.state);
    return { ...both, operation, output: status.outputs[0] };
  }

  test('gives the bytes, and sends no token for them', async () => {
    const { replicate, provider, operation, output } = await finished();
    expect(await sharp(await provider.download(output, operation)).metadata()).toMatchObject({ format: 'png' });
    expect(replicate.calls.at(-1)?.headers).not.toHaveProperty('authorization');
  });

  test('says that an output is gone, whether before its address is known or after', async () => {
    const { replicate, provider, operation, output } = await finished();
    replicate.expireOutputs();
    expect(await failure(provider.download(output, operation))).toMatchObject({
      code: 'output_gone',
    });
    expect(await provider.status(operation)).toMatchObject({
      state: 'failed',
      code: 'output_gone',
    });
  });

  test('can be tried again after a 500 or a reset', async () => {
    const { replicate, provider, operation, output } = await finished();
    replicate.failNext({ step: 'file', status: 500 });
    replicate.failNext({ step: 'file', reset: 'before' });
    expect(await failure(provider.download(output, operation))).toMatchObject({
      code: 'provider_unavailable',
      retryable: true,
    });
    expect(await failure(provider.download(output, operation))).toMatchObject({
      code: 'provider_unavailable',
      retryable: true,
    });
    expect((await provider.download(output, operation)).length).toBeGreaterThan(0);
  });

  test.each(['http://example.com/a.png', 'file:///etc/passwd', 'data:image/png;base64,AAAA', 'not an address'])(
    'refuses %s',
    async (reference) => {
      const { provider } = await start();
      expect(await failure(provider.download({ index: 0, reference }, { id: 'a' }))).toMatchObject({
        code: 'provider_rejected',
      });
    },
  );

  test.each(['https://127.0.0.1/a', 'http://localhost:3000/a', 'https://[::1]/a'])(
    'refuses %s when Replicate is not on this machine',
    async (reference) => {
      const provider = createReplicateProvider({
        token: 'r8_x',
        apiUrl: 'https://api.replicate.com/v1',
        webhook: null,
        log,
      });
      expect(await failure(provider.download({ index: 0, reference }, { id: 'a' }))).toMatchObject({
        code: 'provider_rejected',
      });
    },
  );

  test('stops at 50 MB and after a few redirects', async () => {
    const { origin } = await listen((request, response) => {
      if (request.url === '/loop') return void response.writeHead(302, { location: '/loop' }).end();
      const part = Buffer.alloc(1024 * 1024);
      const pour = () => {
        while (!response.destroyed && response.write(part));
        response.once('drain', pour);
      };
      pour();
    });
    const { provider } = await start();
    expect(await failure(provider.download({ index: 0, reference: `${origin}/big` }, { id: 'a' }))).toMatchObject({
      code: 'provider_rejected',
    });
    expect(await failure(provider.download({ index: 0, reference: `${origin}/loop` }, { id: 'a' }))).toMatchObject({
      code: 'provider_unavailable',
    });
  });
});

test('neither prompts nor the token reach the log', () => {
  expect(logged.length).toBeGreaterThan(0);
  expect(JSON.stringify(logged)).not.toMatch(/lighthouse|r8_/);
});

/** A server of the test's own, for what the real one would never do. */
async function listen(answer: RequestListener) {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  open.push({
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
  return { origin, apiUrl: `${origin}/v1` };
}
