import { createRequire } from 'node:module';
import path from 'node:path';
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import { AppError } from '../../core/index.ts';
import type { AdminCore } from '../index.ts';
import { mayChange } from '../resources/definition.ts';
import { hardenBoard } from './pages.ts';

const boardPath = '/admin/queues';

/** bull-board's own names of our languages. */
const boardLanguages: Readonly<Record<string, string>> = { en: 'en-US', es: 'es-ES' };
/** What changes queues; bull-board has no others. */
const acting = ['POST', 'PUT', 'PATCH', 'DELETE'];
/** What a request does, as its address says. */
const deeds = [
  ...[
    'pause',
    'resume',
    'retry',
    'promote',
    'clean',
    'concurrency',
    'rate-limit',
    'empty',
    'obliterate',
    'remove',
    'run',
  ],
  ...['delay', 'priority', 'job-schedulers', 'remove-unprocessed-children'],
];
/** What a job carries only services write: ids, never what people wrote. */
const refused = /\/(add|update-data)$/;
const uiFolder = path.dirname(createRequire(import.meta.url).resolve('@bull-board/ui/package.json'));

/**
 * bull-board over our queues, to be mounted at `/queues` in the panel, behind its guard. Viewers look; what operators
 * do is recorded. Jobs hold ids only, and Postgres is the truth: whatever is done to a job here, the sweep finds what
 * it left undone.
 */
export function createBoard({ core }: { core: Pick<AdminCore, 'audit' | 'queues' | 'words'> }): Router {
  const boards = new Map<string, RequestHandler>();

  async function openBoard(writes: boolean, language: string): Promise<RequestHandler> {
    const name = `${writes} ${language}`;
    const open = boards.get(name);
    const queues = await core.queues.forBoard();
    if (open) return open;
    const serverAdapter = new ExpressAdapter().setBasePath(boardPath);
    createBullBoard({
      // They are bullmq's own queues, which only the core may know of.
      queues: queues.map((queue) => new BullMQAdapter(queue as never, { readOnlyMode: !writes })),
      serverAdapter,
      options: {
        uiBasePath: uiFolder,
        uiConfig: {
          boardTitle: core.words.plain(language, 'panel.queues.title'),
          miscLinks: [{ text: core.words.plain(language, 'panel.queues.back'), url: '/admin' }],
          hideDocsLink: true,
          locale: { lng: boardLanguages[language] ?? 'en-US' },
        },
      },
    });
    const router = serverAdapter.getRouter() as RequestHandler;
    boards.set(name, router);
    return router;
  }

  const router = express.Router({ caseSensitive: true });
  router.use(hardenBoard(core), async (request, response, next) => {
    const { account } = response.locals;
    const writes = mayChange(account);
    const acts = acting.includes(request.method);
    if (acts && (!writes || refused.test(request.path))) throw new AppError('forbidden');
    const language = core.words.pick(account.locale);
    const board = await openBoard(writes, language).catch(() => null);
    if (!board) return tellAway(request, response, core.words.plain(language, 'panel.queues.away'));
    if (!acts) return board(request, response, next);
    await record(core, request, response, () => Promise.resolve(board(request, response, next)));
  });
  return router;
}

/** In the page a sentence, to its scripts an error that says the same. */
function tellAway(request: Request, response: Response, message: string): void {
  response.status(503).set('retry-after', '5');
  if (request.path.startsWith('/api/')) response.json({ error: message });
  else response.type('text').send(message);
}

/** Records what was done by its address: `queue.retry` of `generation/<id>`. */
async function record(
  { audit }: Pick<AdminCore, 'audit'>,
  request: Request,
  response: Response,
  work: () => Promise<unknown>,
): Promise<void> {
  const { id, email } = response.locals.account;
  // As in /api/queues/generation/retry/failed or /api/queues/generation/<job>/promote.
  const parts = request.path.split('/').filter(Boolean).slice(2);
  const deed = parts.findLast((part) => deeds.includes(part)) ?? 'unknown';
  const named = parts.filter((part) => part !== deed).join('/');
  const subject = { type: 'Queue', id: named.slice(0, 255) || 'all' };
  const done = new Promise<void>((resolve) => response.once('close', resolve));
  const act = async () => {
    await work();
    await done;
    if (response.statusCode >= 400) throw new Error(`answered ${response.statusCode}`);
  };
  await audit
    .act({ actor: { id, email }, action: `queue.${deed}`, subject, accountId: null }, async () => ({}), act)
    .catch((error) => {
      // It was answered, and recorded as what did not work.
      if (!response.headersSent) throw error;
    });
}
