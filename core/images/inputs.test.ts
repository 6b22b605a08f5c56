import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeMember, makePlan, startTestCore, type TestCore } from '../../test/support/core.ts';
import { PublicFetchError } from '../fetch/public-fetch.ts';
import { AppError, type Core } from '../index.ts';

let service: TestCore;
let core: Core;
let plan: string;
let now = new Date('2026-03-01T12:00:00Z');
/** What addresses lead to. */
const web = new Map<string, Uint8Array | PublicFetchError>();
let fetched: string[] = [];

beforeAll(async () => {
  service = await startTestCore({
    clock: () => now,
    sandboxDelayMs: 0,
    async fetchPublicly(url) {
      fetched.push(url);
      const found = web.get(url) ?? new PublicFetchError('unreachable');
      if (found instanceof Error) throw found;
      return found;
    },
  });
  core = service.core;
  core.startWorker();
  plan = await makePlan(core, {});
});
afterAll(() => service.close());

const member = async () => (await makeMember(core, { plan })).account;
const plain = (background = '#d03030', width = 300, height = 200): Sharp =>
  sharp({ create: { width, height, channels: 3, background } });
const stored = async (id: string) => {
  const picture = await core.images.inputs.read(id);
  if (!picture) throw new Error('it is not there');
  return picture;
};
const refusal = async (promise: Promise<unknown>) => {
  const error = await promise.then(
    () => new Error('it was taken'),
    (caught) => caught,
  );
  if (!(error instanceof AppError)) throw error;
  return error;
};

describe('a picture that is brought', () => {
  test.each([
    ['png', 'image/png'],
    ['jpeg', 'image/jpeg'],
    ['webp', 'image/webp'],
  ] as const)('is kept as %s', async (format, contentType) => {
    const { id } = await member();
    const input = await core.images.inputs.upload(id, await plain().toFormat(format).toBuffer());
    expect(input).toMatchObject({ accountId: id, contentType, width: 300, height: 200 });
    const { bytes } = await stored(input.id);
    expect(await sharp(bytes).metadata()).toMatchObject({ format });
    expect(input).toMatchObject({
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });
  });

  test('stands upright and tells nothing about its maker', async () => {
    const { id } = await member();
    const exif = { IFD0: { Artist: 'Jane Roe', Orientation: '6' }, IFD3: { GPSLatitude: '52/1 31/1 0/1' } };
    const photo = await plain()
      .withExif(exif)
      .withMetadata({ orientation: 6 })
      .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/">Jane Roe</x:xmpmeta>')
      .jpeg()
      .toBuffer();
    expect((await sharp(photo).metadata()).exif).toBeDefined();
    const input = await core.images.inputs.upload(id, photo);
    expect(input).toMatchObject({ width: 200, height: 300 });
    const { bytes } = await stored(input.id);
    const { exif: kept, xmp, icc, orientation } = await sharp(bytes).metadata();
    expect({ kept, xmp, icc, orientation }).toEqual({});
    expect(Buffer.from(bytes).includes('Jane')).toBe(false);
  });

  test('carries nothing along that was hidden in or behind it', async () => {
    const { id } = await member();
    const script = '<script>alert(1)</script>';
    const archive = 'PK\x03\x04 the rest of an archive';
    const polyglots = [
      Buffer.concat([await plain().png().toBuffer(), Buffer.from(script + archive)]),
      Buffer.concat([await plain('#305080').jpeg().toBuffer(), Buffer.from(script + archive)]),
    ];
    for (const polyglot of polyglots) {
      const input = await core.images.inputs.upload(id, polyglot);
      const bytes = Buffer.from((await stored(input.id)).bytes);
      expect(bytes.includes('script') || bytes.includes('PK\x03\x04')).toBe(false);
    }
  });

  test('is made no larger than models can use', async () => {
    const { id } = await member();
    const input = await core.images.inputs.upload(id, await plain('#222', 5000, 2500).png().toBuffer());
    expect(input).toMatchObject({ width: 2048, height: 1024 });
  });

  test('is kept once an account, also when it comes twice at the same moment', async () => {
    const [one, other] = [await member(), await member()];
    const bytes = await plain('#10a0f0').png().toBuffer();
    const twice = await Promise.all([1, 2, 3].map(() => core.images.inputs.upload(one.id, bytes)));
    const others = await core.images.inputs.upload(other.id, bytes);
    expect(new Set(twice.map(({ id }) => id)).size).toBe(1);
    expect(others.id).not.toBe(twice[0]?.id);
    expect(await core.database.prisma.inputImage.count({ where: { accountId: one.id } })).toBe(1);
    await stored(others.id);
    await stored(twice[0]?.id as string);
  });
});

describe('refuses', () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>';
  test.each<[string, () => Promise<Uint8Array> | Uint8Array, string]>([
    ['nothing', () => new Uint8Array(), 'image_unreadable'],
    ['text', () => Buffer.from('GET / HTTP/1.1'), 'image_unreadable'],
    ['SVG', () => Buffer.from(svg), 'image_unreadable'],
    ['GIF', () => plain().gif().toBuffer(), 'image_unreadable'],
    ['TIFF', () => plain().tiff().toBuffer(), 'image_unreadable'],
    ['AVIF', () => plain().avif().toBuffer(), 'image_unreadable'],
    ['half a file', async () => (await plain().png().toBuffer()).subarray(0, 300), 'image_unreadable'],
    ['half a photo', async () => halve(await noise().jpeg().toBuffer()), 'image_unreadable'],
    ['the first bytes of a PNG before SVG', () => Buffer.concat([pngStart, Buffer.from(svg)]), 'image_unreadable'],
    [
      'an animation',
      async () =>
        sharp(await frames(), { join: { animated: true } })
          .webp()
          .toBuffer(),
      'image_unreadable',
    ],
    ['41 megapixels', () => plain('#000', 8200, 5000).png({ compressionLevel: 9 }).toBuffer(), 'image_too_large'],
    ['a small file that claims to be enormous', () => bomb(), 'image_too_large'],
    ['more than 20 MB', () => Buffer.concat([pngStart, Buffer.alloc(20_000_000)]), 'image_too_large'],
  ])('%s', async (_, make, code) => {
    const { id } = await member();
    expect(await refusal(core.images.inputs.upload(id, await make()))).toMatchObject({
      code,
      values: { field: 'image' },
    });
    expect(await core.database.prisma.inputImage.count({ where: { accountId: id } })).toBe(0);
  });

  test('more than sixty in an hour', async () => {
    const { id } = await member();
    const bytes = await plain().png().toBuffer();
    for (let count = 0; count < 60; count++) await core.images.inputs.upload(id, bytes);
    const error = await refusal(core.images.inputs.upload(id, bytes));
    expect(error).toMatchObject({ code: 'upload_limit', status: 429, values: { count: 60 } });
    expect(error.values.seconds).toBeGreaterThan(3500);
    await core.images.inputs.upload((await member()).id, bytes);
  });
});

describe('a picture by its address', () => {
  test('is fetched and kept', async () => {
    const { id } = await member();
    web.set('https://pictures.example/a.png', await plain('#0f0').png().toBuffer());
    expect(await core.images.inputs.fromUrl(id, 'https://pictures.example/a.png')).toMatchObject({ width: 300 });
  });

  test('may be the address itself, which is fetched from nowhere', async () => {
    const { id } = await member();
    fetched = [];
    const bytes = await plain('#00f').webp().toBuffer();
    const input = await core.images.inputs.fromUrl(id, `data:image/webp;base64,${bytes.toString('base64')}`);
    expect(input).toMatchObject({ contentType: 'image/webp' });
    expect(fetched).toEqual([]);
  });

  test.each([
    [new PublicFetchError('refused'), 'image_url_refused'],
    [new PublicFetchError('too_large'), 'image_too_large'],
    [new PublicFetchError('not_found', { status: 404 }), 'image_url_failed'],
    [new PublicFetchError('too_slow'), 'image_url_failed'],
    [Buffer.from('<html>Sign in</html>'), 'image_unreadable'],
  ])('that gives no picture is refused (%#)', async (found, code) => {
    const { id } = await member();
    web.set('https://pictures.example/b.png', found);
    expect(await refusal(core.images.inputs.fromUrl(id, 'https://pictures.example/b.png'))).toMatchObject({ code });
  });

  test('is really looked for on the open internet only', async () => {
    const real = await startTestCore();
    const { account } = await makeMember(real.core);
    for (const url of ['http://127.0.0.1:3000/', `file://${real.dataDir}/secret.key`])
      expect(await refusal(real.core.images.inputs.fromUrl(account.id, url))).toMatchObject({
        code: 'image_url_refused',
      });
    await real.close();
  });
});

describe('by id', () => {
  test('an account finds what it brought, and nobody else does', async () => {
    const [one, other] = [await member(), await member()];
    const { id } = await core.images.inputs.upload(one.id, await plain().png().toBuffer());
    expect((await core.images.inputs.find(one.id, id)).id).toBe(id);
    for (const wrong of [id, id.toUpperCase(), crypto.randomUUID(), 'x', "' OR 1=1"])
      expect(await refusal(core.images.inputs.find(other.id, wrong))).toMatchObject({ code: 'not_found' });
  });

  test('a picture that was made can be started from, also once the first is deleted', async () => {
    const account = await member();
    const first = await ask(account, { prompt: 'red hills', model: 'sandbox-poster' });
    const [made] = first.images;
    const input = await core.images.inputs.find(account.id, made?.id as string);
    expect(input).toMatchObject({ width: made?.width, height: made?.height });
    await core.images.remove(account.id, made?.id as string);
    const second = await ask(account, { prompt: 'blue sea', imageId: input.id });
    expect(second).toMatchObject({ state: 'succeeded', inputImageId: input.id });
    const stranger = await member();
    expect(await refusal(core.images.inputs.find(stranger.id, second.images[0]?.id as string))).toMatchObject({
      code: 'not_found',
    });
  });

  test('one that has gone ends the generation, and nothing is charged', async () => {
    const account = await member();
    const input = await core.images.inputs.upload(account.id, await plain('#123456').png().toBuffer());
    await rm(path.join(service.dataDir, 'images'), { recursive: true });
    const ended = await ask(account, { prompt: 'a fox', imageId: input.id });
    expect(ended).toMatchObject({ state: 'failed', errorCode: 'input_gone' });
    expect((await core.quotas.status(account.id, account.plan)).daily.used).toBe(0);
  });
});

test('what nobody used for a week is deleted, what was used is kept', async () => {
  const account = await member();
  const [used, fresh, old] = await Promise.all(
    ['#111', '#222', '#333'].map(async (colour) =>
      core.images.inputs.upload(account.id, await plain(colour).png().toBuffer()),
    ),
  );
  await ask(account, { prompt: 'a fox', imageId: used?.id });
  now = new Date(now.getTime() + 6.9 * 86_400_000);
  await core.images.inputs.find(account.id, fresh?.id as string);
  expect(await core.images.inputs.sweep()).toBe(0);
  now = new Date(now.getTime() + 86_400_000);
  await core.images.inputs.sweep();
  expect(await core.images.inputs.read(old?.id as string)).toBeNull();
  await stored(used?.id as string);
  await stored(fresh?.id as string);
});

async function ask(
  account: Awaited<ReturnType<typeof member>>,
  input: Parameters<Core['generations']['request']>[0]['input'],
) {
  const asked = { source: 'test', requestId: crypto.randomUUID(), locale: 'en', replyTo: null };
  const { id } = await core.generations.request({ account, input, ...asked });
  let latest = await core.generations.get(account.id, id);
  for await (const seen of core.generations.follow(account.id, id, AbortSignal.timeout(15_000))) latest = seen;
  return latest;
}

const pngStart = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const halve = (bytes: Buffer) => bytes.subarray(0, bytes.length / 2);
const noise = () =>
  sharp({
    create: {
      width: 300,
      height: 200,
      channels: 3,
      background: '#888',
      noise: { type: 'gaussian', mean: 128, sigma: 40 },
    },
  });
const frames = () => Promise.all(['#f00', '#0f0'].map((colour) => plain(colour).png().toBuffer()));

/** A PNG of 60,000 × 60,000 pixels in a few hundred bytes: its header says so. */
async function bomb(): Promise<Buffer> {
  const bytes = await plain('#000', 1, 1).png().toBuffer();
  bytes.writeUInt32BE(60_000, 16);
  bytes.writeUInt32BE(60_000, 20);
  const { crc32 } = await import('node:zlib');
  bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29);
  return bytes;
}
