import OpenAI, {
  APIError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  toFile,
} from 'openai';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startReplicate } from '../../../test/emulators/replicate/index.ts';
import { startTestRest, type TestRest } from '../../../test/support/rest.ts';

let rest: TestRest;

beforeAll(async () => {
  rest = await startTestRest();
});
afterAll(() => rest.close());

type Wanted = Parameters<TestRest['developer']>[0] & { maxRetries?: number; on?: TestRest };

/** The official client with nothing changed but address and key; counts what it sends. */
async function connect({ maxRetries = 0, on = rest, ...wanted }: Wanted = {}) {
  const { account, key } = await on.developer(wanted);
  const statuses: number[] = [];
  const openai = new OpenAI({
    baseURL: `${on.url}/v1`,
    apiKey: key,
    maxRetries,
    fetch: async (url, init) => {
      const response = await fetch(url, init);
      statuses.push(response.status);
      return response;
    },
  });
  return { openai, account, key, statuses };
}

const refusal = async (promise: Promise<unknown>) => {
  const error = await promise.then(
    () => new Error('it was accepted'),
    (caught) => caught,
  );
  if (!(error instanceof APIError)) throw error;
  return error;
};
const decode = (text: string | undefined) => Buffer.from(text ?? '', 'base64');
const photo = (background: string, width = 600, height = 400) =>
  sharp({ create: { width, height, channels: 3, background } })
    .png()
    .toBuffer();
const generationsOf = (accountId: string) => rest.core.generations.list(accountId);

describe('images.generate', () => {
  test('answers addresses that open without a key', async () => {
    const { openai, account } = await connect();
    const answer = await openai.images.generate({ prompt: 'a red fox in the snow', model: 'dall-e-3' });
    expect(answer.created).toBeCloseTo(Date.now() / 1000, -2);
    expect(answer).toMatchObject({ size: '1024x1024', output_format: 'png', background: 'opaque' });
    expect(answer.data).toEqual([{ url: expect.stringContaining(`${rest.url}/v1/images/`) }]);
    const opened = await fetch(answer.data?.[0]?.url as string);
    expect(opened.headers.get('content-type')).toBe('image/png');
    expect(await sharp(await opened.arrayBuffer()).metadata()).toMatchObject({ width: 1024, height: 1024 });
    const [made] = await generationsOf(account.id);
    expect(made).toMatchObject({ prompt: 'a red fox in the snow', model: rest.core.models[0]?.id, state: 'succeeded' });
    expect(opened.url).toContain(made?.images[0]?.id);
  });

  test('answers the pictures themselves where that is asked for, or usual', async () => {
    const { openai } = await connect();
    const asked = await openai.images.generate({ prompt: 'a fox', response_format: 'b64_json', n: 2 });
    expect(asked.data).toHaveLength(2);
    expect(decode(asked.data?.[0]?.b64_json).equals(decode(asked.data?.[1]?.b64_json))).toBe(false);
    for (const { b64_json: text, url } of asked.data ?? []) {
      expect(url).toBeUndefined();
      expect(await sharp(decode(text)).metadata()).toMatchObject({ format: 'png', width: 1024 });
    }
    const usual = await openai.images.generate({ prompt: 'a fox', model: 'gpt-image-1' });
    expect(usual.data?.[0]).toEqual({ b64_json: expect.any(String) });
  });

  test('in another format when one is asked for, with its provenance', async () => {
    const { openai } = await connect();
    for (const output_format of ['jpeg', 'webp'] as const) {
      const wanted = { prompt: 'a fox', model: 'gpt-image-1.5', output_format, output_compression: 60 } as const;
      const answer = await openai.images.generate(wanted);
      expect(answer.output_format).toBe(output_format);
      const { format, xmp } = await sharp(decode(answer.data?.[0]?.b64_json)).metadata();
      expect(format).toBe(output_format);
      expect(xmp?.toString()).toContain('trainedAlgorithmicMedia');
    }
    const wanted = { prompt: 'a fox', response_format: 'url', output_format: 'webp' } as const;
    expect(await refusal(openai.images.generate(wanted))).toMatchObject({ status: 400, param: 'output_format' });
  });

  test.each([
    ['1024x1024', '1024x1024'],
    ['1536x1024', '1024x683'],
    ['1024x1536', '683x1024'],
    ['1792x1024', '1024x576'],
    ['1024x1792', '576x1024'],
    ['512x512', '1024x1024'],
    ['auto', '1024x1024'],
  ])('draws %s in the nearest format', async (size, drawn) => {
    const { openai } = await connect();
    expect(await openai.images.generate({ prompt: 'a fox', size })).toMatchObject({ size: drawn });
  });

  test('takes everything that clients of OpenAI send, null for what they leave open', async () => {
    const { openai } = await connect();
    const answer = await openai.images.generate({
      prompt: 'a fox',
      model: 'sandbox-poster',
      n: 1,
      size: null,
      quality: 'high',
      style: 'vivid',
      background: 'opaque',
      moderation: 'low',
      user: 'user-1234',
      response_format: null,
      output_format: null,
      partial_images: null,
    });
    expect(answer.data?.[0]?.url).toBeDefined();
  });

  test('is the same request under the same Idempotency-Key', async () => {
    const { openai, account } = await connect();
    const options = { headers: { 'Idempotency-Key': 'fox-1' } };
    const first = await openai.images.generate({ prompt: 'a fox' }, options);
    const second = await openai.images.generate({ prompt: 'a fox' }, options);
    expect(second.data).toEqual(first.data);
    expect(await generationsOf(account.id)).toHaveLength(1);
    expect(await refusal(openai.images.generate({ prompt: 'a wolf' }, options))).toMatchObject({
      status: 422,
      code: 'idempotency_mismatch',
    });
  });

  test('goes on when the client has left', async () => {
    const { openai, account } = await connect();
    const left = new AbortController();
    const stop = await rest.core.events.subscribe('generation', () => left.abort());
    await expect(openai.images.generate({ prompt: 'a fox' }, { signal: left.signal })).rejects.toThrow('aborted');
    stop();
    const [made] = await generationsOf(account.id);
    let latest = made;
    for await (const seen of rest.core.generations.follow(account.id, made?.id as string, AbortSignal.timeout(10_000)))
      latest = seen;
    expect(latest).toMatchObject({ state: 'succeeded' });
  });
});

describe('by streaming', () => {
  test('a picture arrives as an event', async () => {
    const { openai } = await connect();
    const stream = await openai.images.generate({
      prompt: 'a fox',
      model: 'gpt-image-1',
      stream: true,
      partial_images: 2,
      output_format: 'webp',
    });
    const events = [];
    for await (const event of stream) events.push(event);
    expect(events.at(-1)).toMatchObject({
      ...{ type: 'image_generation.completed', output_format: 'webp', size: '1024x1024', usage: { total_tokens: 0 } },
    });
    expect(await sharp(decode(events.at(-1)?.b64_json)).metadata()).toMatchObject({ format: 'webp' });
  });

  test('each picture is one event', async () => {
    const { openai } = await connect();
    const stream = await openai.images.edit({
      prompt: 'at night',
      image: await toFile(await photo('#209040'), 'a.png', { type: 'image/png' }),
      n: 2,
      stream: true,
    });
    const types = [];
    for await (const { type } of stream) types.push(type);
    expect(types).toEqual(['image_edit.completed', 'image_edit.completed']);
  });

  test('what is refused at once is an error as ever', async () => {
    const { openai } = await connect();
    expect(await refusal(openai.images.generate({ prompt: ' ', stream: true }))).toBeInstanceOf(BadRequestError);
  });
});

describe('images.edit', () => {
  const meanColour = async (bytes: Uint8Array) => (await sharp(bytes).stats()).channels.map(({ mean }) => mean);

  test('starts from the picture, in its format', async () => {
    const { openai, account } = await connect();
    const edit = async (colour: string) => {
      const image = await toFile(await photo(colour), 'photo.png', { type: 'image/png' });
      return openai.images.edit({ image, prompt: 'red hills', model: 'gpt-image-1' });
    };
    const [red, blue] = [await edit('#e01010'), await edit('#1010e0')];
    expect(red.size).toBe('1024x683');
    const [redOfRed = 0, , blueOfRed = 0] = await meanColour(decode(red.data?.[0]?.b64_json));
    const [redOfBlue = 0, , blueOfBlue = 0] = await meanColour(decode(blue.data?.[0]?.b64_json));
    expect(redOfRed).toBeGreaterThan(blueOfRed + 30);
    expect(blueOfBlue).toBeGreaterThan(redOfBlue + 30);
    expect((await generationsOf(account.id))[0]?.inputImageId).toBeTruthy();
  });

  test('takes a list of one, and a photo of 15 MB', async () => {
    const { openai } = await connect();
    const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
    const large = await sharp({ create: { width: 2400, height: 2100, channels: 3, background: '#888', noise } })
      .png()
      .toBuffer();
    expect(large.length).toBeGreaterThan(12_000_000);
    const image = await toFile(large, 'large.png', { type: 'image/png' });
    expect((await openai.images.edit({ image: [image], prompt: 'a fox' })).data).toHaveLength(1);
  });

  test.each([
    ['no picture', async () => toFile(Buffer.from('<svg/>'), 'a.png', { type: 'image/png' }), 400, 'image_unreadable'],
    [
      'a picture of 60 megapixels',
      async () => toFile(await photo('#000', 10_000, 6_000), 'a.png'),
      413,
      'image_too_large',
    ],
  ])('refuses %s', async (_, image, status, code) => {
    const { openai, account } = await connect();
    expect(await refusal(openai.images.edit({ image: await image(), prompt: 'a fox' }))).toMatchObject({
      status,
      code,
      param: 'image',
    });
    expect(await generationsOf(account.id)).toEqual([]);
  });

  test('refuses masks, several pictures, and what is far too large', async () => {
    const { openai } = await connect();
    const image = await toFile(await photo('#000'), 'a.png');
    const prompt = 'a fox';
    expect(await refusal(openai.images.edit({ image, mask: image, prompt }))).toMatchObject({
      status: 400,
      code: 'mask_unsupported',
      param: 'mask',
    });
    expect(await refusal(openai.images.edit({ image: [image, image], prompt }))).toMatchObject({
      status: 400,
      param: 'image',
    });
    const huge = await toFile(Buffer.alloc(22_000_000), 'a.png');
    expect(await refusal(openai.images.edit({ image: huge, prompt }))).toMatchObject({
      status: 413,
      code: 'payload_too_large',
    });
  });

  test('refuses a key in a prompt, which would be kept', async () => {
    const { openai, account, key } = await connect();
    const image = await toFile(await photo('#000'), 'a.png');
    for (const asking of [
      () => openai.images.edit({ image, prompt: `a fox ${key}` }),
      () => openai.images.generate({ prompt: `a fox ${key}` }),
    ])
      expect(await refusal(asking())).toMatchObject({ status: 400, code: 'key_misplaced' });
    expect(await generationsOf(account.id)).toEqual([]);
  });

  test('refuses what is no form', async () => {
    const { key } = await connect();
    const send = (type: string, body: string) =>
      fetch(`${rest.url}/v1/images/edits`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': type },
        body,
      });
    expect((await send('application/json', '{}')).status).toBe(415);
    for (const type of ['multipart/form-data', 'multipart/form-data; boundary=x'])
      expect(await (await send(type, 'not a form')).json()).toMatchObject({ error: { code: 'invalid_input' } });
    const crowd = '--x\r\nContent-Disposition: form-data; name="user"\r\n\r\n1\r\n'.repeat(1000);
    const many = await (await send('multipart/form-data; boundary=x', `${crowd}--x--\r\n`)).json();
    expect(many).toMatchObject({ error: { code: 'invalid_input', param: 'body' } });
  });
});

describe('models', () => {
  test('are listed and shown', async () => {
    const { openai } = await connect();
    const listed = [];
    for await (const model of openai.models.list()) listed.push(model.id);
    expect(listed).toEqual(rest.core.models.map(({ id }) => id));
    expect(await openai.models.retrieve('sandbox-poster')).toMatchObject({
      id: 'sandbox-poster',
      object: 'model',
      owned_by: 'sandbox',
      image_input: true,
    });
    expect(await openai.models.retrieve('gpt-image-1')).toMatchObject({ id: 'gpt-image-1' });
  });

  test('that nobody knows are not found', async () => {
    const { openai } = await connect();
    for (const asking of [
      () => openai.models.retrieve('stable-confusion'),
      () => openai.images.generate({ prompt: 'a fox', model: 'stable-confusion' }),
    ]) {
      const error = await refusal(asking());
      expect(error).toBeInstanceOf(NotFoundError);
      expect(error).toMatchObject({ code: 'model_not_found', type: 'invalid_request_error', param: 'model' });
      expect(error.message).toContain('stable-confusion');
    }
  });
});

describe('refusals reach the client as its own errors', () => {
  test('a wrong key', async () => {
    const openai = new OpenAI({ baseURL: `${rest.url}/v1`, apiKey: 'sk-nothing', maxRetries: 0 });
    for (const asking of [() => openai.models.list(), () => openai.images.generate({ prompt: 'a fox' })]) {
      const error = await refusal(asking() as Promise<unknown>);
      expect(error).toBeInstanceOf(AuthenticationError);
      expect(error).toMatchObject({ code: 'key_invalid', type: 'authentication_error' });
      expect(error.requestID).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  test('a key that may only read', async () => {
    const { openai } = await connect({ scopes: ['read'] });
    await openai.models.list();
    expect(await refusal(openai.images.generate({ prompt: 'a fox' }))).toBeInstanceOf(PermissionDeniedError);
  });

  test.each([
    ['an empty prompt', { prompt: '  ' }, 'prompt_missing', 'prompt'],
    ['a prompt of 1,001 characters', { prompt: 'x'.repeat(1001) }, 'prompt_too_long', 'prompt'],
    ['too many', { prompt: 'a fox', n: 5 }, 'invalid_input', 'n'],
    ['a size that is none', { prompt: 'a fox', size: 'large' }, 'invalid_input', 'size'],
    ['a size that no model has', { prompt: 'a fox', size: '2000x100' }, 'invalid_input', 'size'],
    ['a size of nothing', { prompt: 'a fox', size: '00x00' }, 'invalid_input', 'size'],
    ['transparency', { prompt: 'a fox', background: 'transparent' }, 'invalid_input', 'background'],
    ['an unknown style', { prompt: 'a fox', style: 'vividd' }, 'unknown_choice', 'style'],
    ['an unknown field', { prompt: 'a fox', sizes: '1024x1024' }, 'unknown_field', 'sizes'],
    ['no prompt', {}, 'invalid_input', 'prompt'],
  ])('%s', async (_, body, code, param) => {
    const { openai, account } = await connect();
    const error = await refusal(openai.images.generate(body as OpenAI.ImageGenerateParamsNonStreaming));
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({ code, param, type: 'invalid_request_error' });
    expect(await generationsOf(account.id)).toEqual([]);
  });

  test('a quota that is used up, with its receipt', async () => {
    const { openai } = await connect({ limits: { perDay: 1 } });
    await openai.images.generate({ prompt: 'a fox' });
    const error = await refusal(openai.images.generate({ prompt: 'a fox' }));
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error).toMatchObject({ code: 'quota_exceeded', type: 'rate_limit_error' });
    expect(error.error).toMatchObject({ receipt: { limit: 'daily', max: 1, used: 1, remaining: 0 } });
    expect(Number(error.headers?.get('retry-after'))).toBeGreaterThan(0);
  });
});

describe('the client tries again by itself', () => {
  test('after 429, when it was told to', async () => {
    const { openai, account, statuses } = await connect({ limits: { cooldownSeconds: 1 }, maxRetries: 2 });
    await openai.images.generate({ prompt: 'a fox' });
    // The first picture took longer than the pause unless two are asked for at once.
    const both = await Promise.all([1, 2].map(() => openai.images.generate({ prompt: 'a fox' })));
    expect(both.every(({ data }) => data?.[0]?.url)).toBe(true);
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(1);
    expect(statuses.filter((status) => status === 200)).toHaveLength(3);
    expect(await generationsOf(account.id)).toHaveLength(3);
  });

  test('after 503, while the quota cannot be checked', async () => {
    const { openai, account, statuses } = await connect({ maxRetries: 2 });
    await openai.models.list();
    await rest.redis.kill();
    const asking = openai.images.generate({ prompt: 'a fox' });
    while (!statuses.includes(503)) await new Promise((resolve) => setTimeout(resolve, 20));
    await rest.redis.restart();
    expect((await asking).data?.[0]?.url).toBeDefined();
    expect(statuses).toEqual([200, 503, 200]);
    expect(await generationsOf(account.id)).toHaveLength(1);
  });
});

describe('with Replicate behind it', () => {
  let replicate: Awaited<ReturnType<typeof startReplicate>>;
  let paid: TestRest;
  beforeAll(async () => {
    replicate = await startReplicate();
    paid = await startTestRest({
      environment: { REPLICATE_API_TOKEN: replicate.token, REPLICATE_API_URL: replicate.apiUrl },
    });
  });
  afterAll(async () => {
    await paid.close();
    await replicate.close();
  });

  test('an edit goes to a model that takes pictures', async () => {
    const { openai } = await connect({ on: paid });
    const image = await toFile(await photo('#402080', 300, 300), 'a.png');
    expect((await openai.images.edit({ image, prompt: 'at night' })).data).toHaveLength(1);
    const { model, input } = replicate.predictions.list().at(-1) ?? {};
    expect(model).toBe('black-forest-labs/flux-kontext-pro');
    expect(input?.input_image).toMatch(/^data:image\/png;base64,/);
    expect(await refusal(openai.images.edit({ image, prompt: 'x', model: 'imagen-4' }))).toMatchObject({
      status: 400,
      code: 'image_unsupported',
      param: 'model',
      message: expect.stringContaining('flux-kontext-pro'),
    });
  });

  test.each([
    ['fails', 'CUDA out of memory', InternalServerError, { status: 502, code: 'generation_failed' }],
    ['is moderated', 'NSFW content detected.', BadRequestError, { status: 400, code: 'moderation_blocked' }],
  ])('a generation that %s is an error, and no second one is paid for', async (_, reason, kind, expected) => {
    const { openai, account, statuses } = await connect({ on: paid, maxRetries: 2 });
    const before = replicate.creations;
    replicate.predictions.failNextRun(reason);
    const error = await refusal(openai.images.generate({ prompt: 'a fox' }));
    expect(error).toBeInstanceOf(kind);
    expect(error).toMatchObject(expected);
    expect(statuses).toHaveLength(1);
    expect(replicate.creations).toBe(before + 1);
    expect((await paid.core.quotas.status(account.id, account.plan)).daily.used).toBe(0);
  });

  test('a failure in a stream is an error of the stream', async () => {
    const { openai } = await connect({ on: paid });
    replicate.predictions.failNextRun('CUDA out of memory');
    const stream = await openai.images.generate({ prompt: 'a fox', stream: true });
    const read = async () => {
      for await (const _ of stream);
    };
    expect(await refusal(read())).toMatchObject({ code: 'generation_failed', type: 'api_error' });
  });
});
