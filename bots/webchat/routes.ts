import { randomUUID } from 'node:crypto';
import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import { z } from 'zod';
import { type Account, AppError, sendPicture } from '../../core/index.ts';
import { serveAssets } from './assets.ts';
import { browserName } from './browser-name.ts';
import type { Answer, Asker, createConversation } from './conversation.ts';
import type { ChatCore } from './core.ts';
import { contentFor, createPage, type ShownOnce, textLimit } from './page.ts';
import type { Renderer } from './render.ts';
import { refuseCrossSite } from './same-site.ts';
import type { Stream } from './stream.ts';
import type { createCompletions } from './suggest.ts';
import type { Visitors } from './visitors.ts';

/** Lines that the page begins with. */
const pageLines = 100;

type Dependencies = {
  core: ChatCore;
  visitors: Visitors;
  render: Renderer;
  stream: Stream;
  conversation: ReturnType<typeof createConversation>;
  complete: ReturnType<typeof createCompletions>;
};

const messageSchema = z.object({
  text: z.string().trim().min(1).max(textLimit),
  id: z.uuid().default(() => randomUUID()),
});
const pressSchema = z.object({
  data: z.string().min(1).max(200),
  lineId: z.uuid(),
  id: z.uuid().default(() => randomUUID()),
});

/** The web chat's addresses. Refusals are AppErrors, for whoever mounts this to show. */
export function createRoutes({ core, visitors, render, stream, conversation, complete }: Dependencies): Router {
  const router = express.Router();
  const page = createPage({ core, render });
  const body: RequestHandler[] = [
    refuseCrossSite(core.settings),
    express.json({ limit: '32kb' }),
    express.urlencoded({ limit: '32kb', extended: false }),
  ];

  router.use('/chat/assets', serveAssets());
  router.get(['/', '/chat'], async (request, response) => {
    const token = typeof request.query.token === 'string' ? request.query.token : null;
    // A preview of the address asks by HEAD and must not use the token up.
    const notice = token && request.method === 'GET' ? await redeem(request, response, token) : null;
    if (!response.headersSent) await showPage(request, response, notice);
  });
  router.post('/chat/messages', body, async (request: Request, response: Response) => {
    const { text, id } = read(messageSchema, request.body, { field: 'text', allowed: `1–${textLimit}` });
    const asker = await identify(request, response);
    await answer(request, response, asker, await conversation.ask(asker, id, text.replaceAll('\r\n', '\n')));
  });
  router.post('/chat/actions', body, async (request: Request, response: Response) => {
    const { id, ...pressed } = read(pressSchema, request.body, { field: 'data', allowed: '' });
    const asker = await identify(request, response);
    if (!(await core.conversations.get(asker.visitorId, pressed.lineId))) throw new AppError('button_invalid');
    await answer(request, response, asker, await conversation.press(asker, id, pressed));
  });
  router.get('/chat/suggest', async (request, response) => {
    const typed = String(request.query.text ?? '').slice(0, textLimit);
    const visitorId = visitors.read(request);
    const asker = visitorId ? await describe(request, visitorId) : null;
    const inbound = {
      platform: 'web',
      userId: visitorId ?? '',
      displayName: '',
      locale: localeOf(request, asker?.account),
      requestId: randomUUID(),
    } as const;
    const found = await complete(typed, { ...inbound, replyTo: { platform: 'web' } });
    response.set('cache-control', 'no-store').json({ completions: found });
  });
  router.get('/chat/events', async (request, response) => {
    const visitorId = visitors.read(request);
    if (!visitorId) throw new AppError('not_found', { what: '' });
    await stream.follow(request, response, { visitorId, locale: (await describe(request, visitorId)).locale });
  });
  for (const [path, open] of [
    ['/chat/images/:id', core.images.open],
    ['/chat/thumbnails/:id', core.images.thumbnail],
  ] as const) {
    router.get(path, async (request: Request<{ id: string }>, response) => {
      const account = await accountOf(request);
      await sendPicture(request, response, {
        open: async (range) => account && open(request.params.id, account.id, range),
        // The browser may keep it, but nobody in between.
        headers: { 'cache-control': 'private, max-age=31536000, immutable' },
      });
    });
  }
  return router;

  async function showPage(request: Request, response: Response, notice: string | null): Promise<void> {
    const since = new Date();
    const visitorId = visitors.read(request);
    // Every visit moves the cookie's end a year ahead.
    if (visitorId) visitors.keep(response, visitorId);
    else visitors.create(response);
    const account = visitorId ? await core.accounts.find('web', visitorId) : null;
    const lines = visitorId ? await core.conversations.list(visitorId, pageLines) : [];
    const locale = localeOf(request, account);
    const text = notice && core.words.html(locale, notice);
    response
      .set('cache-control', 'no-store')
      .type('html')
      .send(page({ locale, account, lines, notice: text, once: null, since }));
  }

  /** Signs in by the address that `npm start` printed. Answers the key of what to say when that did not work. */
  async function redeem(request: Request, response: Response, token: string): Promise<string | null> {
    const current = visitors.read(request);
    const known = current ? await core.accounts.find('web', current) : null;
    // A cookie that someone else might have planted must not become the operator's; one that is theirs already may.
    const visitorId = current && known && known.role !== 'member' ? current : visitors.mint();
    const identity = {
      platform: 'web',
      userId: visitorId,
      displayName: browserName(request.get('user-agent')),
      locale: localeOf(request, known),
    } as const;
    const account = await core.accounts.redeemStartToken({ token, ...identity });
    if (!account && !known) return 'web.token_used';
    if (account) visitors.keep(response, visitorId);
    response.redirect(303, '/');
    return null;
  }

  async function answer(
    request: Request,
    response: Response,
    { visitorId, locale }: Asker,
    { lineIds, notice, shownOnce }: Answer,
  ): Promise<void> {
    const last = lineIds.at(-1);
    const once = shownOnce && last ? { id: last, content: shownOnce } : null;
    if (!request.is('json')) {
      // Without the script there is nowhere to put a note but the page itself.
      if (notice || once) return showPageAgain(request, response, visitorId, { notice, once });
      response.redirect(303, `/#line-${last}`);
      return;
    }
    const rows = await Promise.all(lineIds.map((id) => core.conversations.get(visitorId, id)));
    const lines = rows
      .filter((row) => row !== null)
      .map((row) => ({ id: row.id, html: render.line(row, locale, contentFor(row.id, once)).markup }));
    const account = await core.accounts.find('web', visitorId);
    response.set('cache-control', 'no-store').json({ lines, notice, account: account && { email: account.email } });
  }

  async function showPageAgain(
    request: Request,
    response: Response,
    visitorId: string,
    { notice, once }: { notice: string | null; once: ShownOnce | null },
  ): Promise<void> {
    const account = await core.accounts.find('web', visitorId);
    const lines = await core.conversations.list(visitorId, pageLines);
    response
      .set('cache-control', 'no-store')
      .type('html')
      .send(page({ locale: localeOf(request, account), account, lines, notice, once, since: new Date() }));
  }

  async function identify(request: Request, response: Response): Promise<Asker> {
    return describe(request, visitors.read(request) ?? visitors.create(response));
  }

  async function describe(request: Request, visitorId: string): Promise<Asker & { account: Account | null }> {
    const account = await core.accounts.find('web', visitorId);
    return {
      visitorId,
      displayName: browserName(request.get('user-agent')),
      locale: localeOf(request, account),
      account,
    };
  }

  async function accountOf(request: Request): Promise<Account | null> {
    const visitorId = visitors.read(request);
    return visitorId ? core.accounts.find('web', visitorId) : null;
  }

  function localeOf(request: Request, account: Account | null | undefined): string {
    return account?.locale ?? core.words.pick(request.acceptsLanguages()[0]);
  }
}

function read<Schema extends z.ZodType>(
  schema: Schema,
  body: unknown,
  values: { field: string; allowed: string },
): z.infer<Schema> {
  const parsed = schema.safeParse(body ?? {});
  if (!parsed.success) throw new AppError('invalid_input', values);
  return parsed.data;
}
