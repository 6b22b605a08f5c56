import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PresentedGeneration, PresentedImage } from '../../core/index.ts';
import { type Developer, startTestRest, type TestRest } from '../../test/support/rest.ts';

let rest: TestRest;
let now = () => new Date();
beforeAll(async () => {
  rest = await startTestRest({ clock: () => now() });
});
afterAll(() => rest.close());

async function draw({ ask }: Developer, input: object): Promise<PresentedImage> {
  const response = await ask('/v1/generations', { json: input, headers: { prefer: 'wait=30' } });
  const { images } = (await response.json()) as PresentedGeneration;
  return images[0] as PresentedImage;
}
type List = { data: PresentedImage[]; next_cursor: string | null };
const list = async ({ ask }: Developer, query = '') => (await (await ask(`/v1/images${query}`)).json()) as List;
const contentOf = ({ id }: PresentedImage) => `/v1/images/${id}/content`;
const codeOf = async (response: Response) => ((await response.json()) as { error: { code: string } }).error.code;

it('finds pictures by words, style, time and mark, within the account only', async () => {
  const [mine, other] = await Promise.all([rest.developer(), rest.developer()]);
  const fox = await draw(mine, { prompt: 'a red fox in the snow', style: 'noir' });
  const whale = await draw(mine, { prompt: 'Ein blauer Wal, große Wellen' });
  await draw(other, { prompt: 'a red fox in the snow', style: 'noir' });
  const found = async (query: string) => (await list(mine, `?${query}`)).data.map(({ id }) => id);
  expect(await found('')).toEqual([whale.id, fox.id]);
  expect(await found('q=snow+RED')).toEqual([fox.id]);
  expect(await found('q=blau')).toEqual([whale.id]);
  expect(await found(`q=${encodeURIComponent("große')(&|!:*")}`)).toEqual([whale.id]);
  expect(await found('q=blauer+fox')).toEqual([]);
  expect(await found(`q=${encodeURIComponent('&|!')}`)).toEqual([]);
  expect(await found('style=noir')).toEqual([fox.id]);
  expect(await found('style=noir&q=whale')).toEqual([]);
  await mine.ask(`/v1/images/${fox.id}`, { method: 'PATCH', json: { favourite: true } });
  expect(await found('favourite=true')).toEqual([fox.id]);
  expect(await found('favourite=false')).toEqual([whale.id]);
  expect(await found(`from=${encodeURIComponent(whale.created_at)}`)).toEqual([whale.id]);
  expect(await found(`to=${encodeURIComponent(whale.created_at)}`)).toEqual([fox.id]);
  expect(await found('from=2999-01-01')).toEqual([]);
  for (const [query, param] of [
    ['from=yesterday', 'from'],
    ['style=niors', 'style'],
    ['favorite=true', 'favorite'],
    ['favourite=maybe', 'favourite'],
    ['q=a&q=b', 'q'],
  ] as const) {
    const response = await mine.ask(`/v1/images?${query}`);
    expect(response.status, query).toBe(400);
    expect(((await response.json()) as { error: { param: string } }).error.param).toBe(param);
  }
});

it('lists by cursor, each once, while others are added and deleted', async () => {
  const developer = await rest.developer();
  const made: string[] = [];
  for (let count = 0; count < 5; count++) made.push((await draw(developer, { prompt: `fox ${count}` })).id);
  const first = await list(developer, '?limit=2');
  await draw(developer, { prompt: 'a new one' });
  await developer.ask(`/v1/images/${made[3]}`, { method: 'DELETE' });
  const second = await list(developer, `?limit=2&cursor=${first.next_cursor}`);
  const third = await list(developer, `?limit=2&cursor=${second.next_cursor}`);
  expect([...first.data, ...second.data, ...third.data].map(({ id }) => id)).toEqual(made.toReversed());
  expect(third.next_cursor).toBeNull();
});

it('sends bytes whole, by range, or not at all when they are there already', async () => {
  const developer = await rest.developer();
  const image = await draw(developer, { prompt: 'a red fox' });
  const path = contentOf(image);
  const whole = await developer.ask(path);
  const bytes = await whole.bytes();
  const etag = whole.headers.get('etag') as string;
  expect(whole.status).toBe(200);
  expect(bytes.length).toBe(image.bytes);
  expect(whole.headers.get('content-type')).toBe(image.content_type);
  expect(whole.headers.get('content-disposition')).toMatch(/^inline; filename="easel-\w{8}\.\w+"$/);
  expect(whole.headers.get('cache-control')).toContain('private');

  const head = await developer.ask(path, { method: 'HEAD' });
  expect(head.headers.get('content-length')).toBe(String(image.bytes));
  const part = await developer.ask(path, { headers: { range: 'bytes=10-19' } });
  expect(part.status).toBe(206);
  expect(part.headers.get('content-range')).toBe(`bytes 10-19/${image.bytes}`);
  expect(await part.bytes()).toEqual(bytes.slice(10, 20));
  expect((await (await developer.ask(path, { headers: { range: 'bytes=-5' } })).bytes()).length).toBe(5);
  const beyond = await developer.ask(path, { headers: { range: `bytes=${image.bytes}-` } });
  expect(beyond.status).toBe(416);
  expect(beyond.headers.get('content-range')).toBe(`bytes */${image.bytes}`);
  const known = await developer.ask(path, { headers: { 'if-none-match': etag } });
  expect(known.status).toBe(304);
  const changed = await developer.ask(path, { headers: { range: 'bytes=0-1', 'if-range': '"another"' } });
  expect(changed.status).toBe(200);
  await changed.body?.cancel();
  const small = await developer.ask(`${path}?size=thumbnail&download=`);
  expect(small.headers.get('content-type')).toBe('image/webp');
  expect(small.headers.get('content-disposition')).toMatch(/^attachment; .*\.webp"$/);
  await small.body?.cancel();
});

it('opens signed links without a key for a day, and no others', async () => {
  const developer = await rest.developer();
  const image = await draw(developer, { prompt: 'a red fox' });
  const another = await draw(developer, { prompt: 'a blue whale' });
  for (const address of [image.url, image.thumbnail_url]) {
    const response = await fetch(address);
    expect(response.status).toBe(200);
    await response.body?.cancel();
  }
  const { search, searchParams } = new URL(image.url);
  const later = Number(searchParams.get('expires')) + 86_400;
  for (const address of [
    image.url.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
    image.url.replace(/expires=\d+/, `expires=${later}`),
    `${rest.url}${contentOf(another)}${search}`,
    image.url.replace(/signature=.*/, ''),
  ]) {
    const response = await fetch(address);
    expect(response.status, address).toBe(403);
    expect(await codeOf(response)).toBe('link_invalid');
  }
  now = () => new Date(Date.now() + 25 * 3_600_000 + 1000);
  try {
    expect((await fetch(image.url)).status).toBe(403);
  } finally {
    now = () => new Date();
  }
});

it('shows a picture to others as long as its owner wants that', async () => {
  const [mine, other] = await Promise.all([rest.developer(), rest.developer()]);
  const image = await draw(mine, { prompt: 'a red fox' });
  const address = rest.url + contentOf(image);
  const statuses = async () => {
    const answers = await Promise.all([fetch(address), other.ask(contentOf(image)), mine.ask(contentOf(image))]);
    await Promise.all(answers.map((answer) => answer.body?.cancel()));
    return answers.map(({ status }) => status);
  };
  expect(await statuses()).toEqual([404, 404, 200]);
  for (const visibility of ['unlisted', 'public']) {
    const changed = await mine.ask(`/v1/images/${image.id}`, { method: 'PATCH', json: { visibility } });
    expect(await changed.json()).toMatchObject({ id: image.id, visibility });
    expect(await statuses()).toEqual([200, 200, 200]);
  }
  expect((await fetch(address, { headers: { authorization: 'Bearer esl_live_wrong' } })).status).toBe(401);
  await mine.ask(`/v1/images/${image.id}`, { method: 'PATCH', json: { visibility: 'private' } });
  expect(await statuses()).toEqual([404, 404, 200]);
});

it("changes and deletes one's own only, for good", async () => {
  const [mine, other] = await Promise.all([rest.developer(), rest.developer()]);
  const image = await draw(mine, { prompt: 'a red fox' });
  const path = `/v1/images/${image.id}`;
  expect((await mine.ask(path, { method: 'PATCH', json: { visibility: 'secret' } })).status).toBe(400);
  for (const options of [{}, { method: 'PATCH', json: { favourite: true } }, { method: 'DELETE' }]) {
    const response = await other.ask(path, options);
    expect(response.status).toBe(404);
    expect(await codeOf(response)).toBe('not_found');
  }
  expect(await (await mine.ask(path)).json()).toMatchObject({ id: image.id, favourite: false });
  expect((await mine.ask(path, { method: 'DELETE' })).status).toBe(204);
  for (const gone of [
    mine.ask(path),
    mine.ask(contentOf(image)),
    fetch(image.url),
    mine.ask(path, { method: 'DELETE' }),
  ])
    expect((await gone).status).toBe(404);
  expect((await list(mine)).data).toEqual([]);
});

it('lets a key that may only read change nothing', async () => {
  const reader = await rest.developer({ scopes: ['read'] });
  for (const [path, method] of [
    ['/v1/generations', 'POST'],
    ['/v1/images/nothing', 'DELETE'],
    ['/v1/images/nothing', 'PATCH'],
  ] as const)
    expect((await reader.ask(path, { method })).status, path).toBe(403);
  expect((await reader.ask('/v1/images')).status).toBe(200);
});
