import type { Router } from 'express';
import type { Dispatch, Surface } from '../chat.ts';
import { createConversation } from './conversation.ts';
import type { ChatCore } from './core.ts';
import { createRenderer } from './render.ts';
import { createRoutes } from './routes.ts';
import { createStream } from './stream.ts';
import { createCompletions } from './suggest.ts';
import { createVisitors } from './visitors.ts';

/** Progress goes to open pages only and is not kept, so it may be shown often. */
const progressEveryMs = 400;

/** The chat in the browser. `router` is mounted at `/` by whoever serves HTTP, with an error boundary behind it. */
export function createWebchat({
  core,
  dispatch,
}: {
  core: ChatCore;
  dispatch: Dispatch;
}): Surface & { router: Router } {
  const visitors = createVisitors(core);
  const render = createRenderer({ core, dispatch });
  const stream = createStream({ core, render });
  const conversation = createConversation({ core, dispatch, visitors });
  const complete = createCompletions({ core, dispatch });
  const router = createRoutes({ core, visitors, render, stream, conversation, complete });

  return {
    platform: 'web',
    start: async () => {},
    stop: async () => stream.close(),
    deliver: (replyTo, reply) => conversation.deliver(replyTo, reply),
    notify: conversation.notify,
    showProgress: stream.showProgress,
    progressEveryMs,
    router,
  };
}

export type { ChatCore } from './core.ts';
