import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startReplicate } from '../../test/emulators/replicate/index.ts';
import { type Developer, startTestRest, type TestRest } from '../../test/support/rest.ts';

let replicate: Awaited<ReturnType<typeof startReplicate>>;
let rest: TestRest;
let picture: Buffer;
let fetched: string[] = [];

beforeAll(async () => {
  replicate = await startReplicate();
  picture = await sharp({ create: { width: 320, height: 200, channels: 3, background: '#804020' } })
    .png()
    .toBuffer();
  rest = await startTestRest({
    environment: { REPLICATE_API_TOKEN: replicate.token, REPLICATE_API_URL: replicate.apiUrl },
    fetchPublicly: async (url) => {
      fetched.push(url);
      return picture;
    },
  });
});
afterAll(async () => {
  await rest.close();
  await replicate.close();
});

async function draw({ ask }: Developer, json: object, headers: Record<string, string> = {}) {
  const response = await ask('/v1/generations', { json, headers: { prefer: 'wait=20', ...headers } });
  return { status: response.status, body: await response.json() };
}
const used = async ({ ask }: Developer) => (await (await ask('/v1/account')).json()).usage.daily.used;
const lastInput = () => replicate.predictions.list().at(-1)?.input;

describe('a generation that starts from a picture', () => {
  test('by its address goes to the first model that takes one', async () => {
    const developer = await rest.developer();
    const { status, body } = await draw(developer, { prompt: 'at night', image_url: 'https://pictures.example/a.png' });
    expect([status, body.status, body.model]).toEqual([200, 'succeeded', 'flux-kontext-pro']);
    expect(body.image_id).toMatch(/^[0-9a-f-]{36}$/);
    const sent = Buffer.from(String(lastInput()?.input_image).split(',')[1] as string, 'base64');
    expect(await sharp(sent).metadata()).toMatchObject({ format: 'png', width: 320, height: 200 });
  });

  test('by the id of what was brought, or made, before', async () => {
    const developer = await rest.developer();
    const image_url = `data:image/png;base64,${picture.toString('base64')}`;
    const first = await draw(developer, { prompt: 'at night', image_url, model: 'flux-dev' });
    const second = await draw(developer, { prompt: 'at dawn', image_id: first.body.image_id });
    expect(second.body).toMatchObject({ status: 'succeeded', image_id: first.body.image_id });
    const third = await draw(developer, { prompt: 'at noon', image_id: second.body.images[0].id });
    expect(third.body.status).toBe('succeeded');
    expect(third.body.image_id).not.toBe(first.body.image_id);
  });

  test('fetches it once, however often the same request comes', async () => {
    const developer = await rest.developer();
    fetched = [];
    const json = { prompt: 'at night', image_url: 'https://pictures.example/b.png' };
    const [first, again] = [
      await draw(developer, json, { 'idempotency-key': 'night' }),
      await draw(developer, json, { 'idempotency-key': 'night' }),
    ];
    expect(again.body.id).toBe(first.body.id);
    expect(fetched).toEqual(['https://pictures.example/b.png']);
  });

  test('costs nothing when it is only asked about, and fetches nothing', async () => {
    const developer = await rest.developer();
    fetched = [];
    const json = { prompt: 'at night', image_url: 'https://pictures.example/c.png' };
    const estimate = await (await developer.ask('/v1/generations?dry_run=true', { json })).json();
    expect(estimate).toMatchObject({ dry_run: true, model: 'flux-kontext-pro' });
    expect(fetched).toEqual([]);
  });
});

describe('nothing is charged', () => {
  test('when the model takes no picture, and those that do are named', async () => {
    const developer = await rest.developer();
    const json = { prompt: 'x', image_url: 'https://pictures.example/a.png', model: 'flux-schnell' };
    const { status, body } = await draw(developer, json);
    expect([status, body.error.code, body.error.param]).toEqual([400, 'image_unsupported', 'model']);
    expect(body.error.message).toContain('flux-kontext-pro, flux-dev');
    expect(await used(developer)).toBe(0);
  });

  test("when it is somebody else's", async () => {
    const [one, other] = [await rest.developer(), await rest.developer()];
    const { body } = await draw(one, { prompt: 'x', image_url: 'https://pictures.example/a.png' });
    for (const image_id of [body.image_id, body.images[0].id]) {
      const refused = await draw(other, { prompt: 'x', image_id });
      expect([refused.status, refused.body.error.code]).toEqual([404, 'not_found']);
    }
    expect(await used(other)).toBe(0);
  });

  test('when the address leads into our own house', async () => {
    const open = await startTestRest({ worker: false });
    const developer = await open.developer();
    for (const image_url of [
      open.url,
      'http://169.254.169.254/',
      'http://[::1]/',
      'file:///etc/passwd',
      'http://0x7f.1/',
    ]) {
      const { status, body } = await draw(developer, { prompt: 'x', image_url });
      expect([status, body.error.code, body.error.param], image_url).toEqual([400, 'image_url_refused', 'image_url']);
    }
    expect(await used(developer)).toBe(0);
    await open.close();
  });
});
