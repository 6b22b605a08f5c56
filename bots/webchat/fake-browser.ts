import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type ErrorRequestHandler, type Router } from 'express';
import { AppError } from '../../core/index.ts';

/** Serves the web chat on a free port, with the least of an error boundary. */
export async function serve(router: Router): Promise<{ url: string; close(): Promise<void> }> {
  const app = express();
  const refuse: ErrorRequestHandler = (error, _request, response, _next) => {
    const code = error instanceof AppError ? error.code : 'internal';
    response.status(error instanceof AppError ? error.status : (error.status ?? 500)).json({ error: { code } });
  };
  app.use(router, refuse);
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export type Line = { id: string; html: string };

/** A browser without a screen: one visitor's cookie and the lines that it has been shown. */
export function createFakeBrowser(base: string) {
  let cookie = '';
  const lines = new Map<string, string>();
  const marks = new Set<string>();
  const stop = new AbortController();

  async function request(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (cookie) headers.set('cookie', cookie);
    const response = await fetch(base + path, { redirect: 'manual', ...init, headers });
    const set = response.headers.get('set-cookie');
    if (set) cookie = set.split(';')[0] as string;
    return response;
  }

  async function post(path: string, body: object): Promise<Response> {
    return request(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  }

  /** Follows the conversation; resolves once the server sends. */
  async function follow(headers: Record<string, string> = {}): Promise<void> {
    const response = await request('/chat/events', { signal: stop.signal, headers });
    void read(response.body as ReadableStream<Uint8Array>).catch(() => {});
  }

  async function read(body: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    let rest = '';
    for await (const bytes of body) {
      const blocks = (rest + decoder.decode(bytes, { stream: true })).split('\n\n');
      rest = blocks.pop() as string;
      for (const block of blocks) take(block);
    }
  }

  function take(block: string): void {
    const event = /^event: (.*)$/m.exec(block)?.[1];
    const data = /^data: (.*)$/m.exec(block)?.[1];
    if (!event || !data) return;
    const { id, html } = JSON.parse(data) as Line;
    const line = lines.get(id);
    if (event === 'line') lines.set(id, html);
    else if (!line) marks.add(id);
    else lines.set(id, line.replace(/<div class="says">[\s\S]*<\/div>/, html));
  }

  return {
    request,
    post,
    follow,
    /** What is shown now, oldest first. */
    lines: (): Line[] => [...lines].map(([id, html]) => ({ id, html })),
    /** Ids of lines that progress came for before the line itself. */
    marks,
    cookie: () => cookie,
    visitorId: () => /=([^.]*)\./.exec(cookie)?.[1] as string,
    close: () => stop.abort(),
  };
}

/** What someone reads in a line's HTML. */
export function readLine(html: string) {
  const all = (pattern: RegExp) => [...html.matchAll(pattern)].map((match) => unescapeHtml(match[1] as string));
  return {
    text: all(/<p class="text[^"]*">([\s\S]*?)<\/p>/g).join('\n'),
    links: [...html.matchAll(/<a href="([^"]*)" rel/g)].map((match) => unescapeHtml(match[1] as string)),
    images: all(/<img [^>]*alt="([^"]*)"/g).map((alt) => ({ alt })),
    buttons: [...html.matchAll(/<button [^>]*value="([^"]*)">([^<]*)</g)].map(([, data = '', label = '']) => ({
      data,
      label,
    })),
    leads: [...html.matchAll(/<a class="button[^>]*href="([^"]*)"[^>]*>([^<]*)</g)].map(
      ([, href = '', label = '']) => ({
        href: unescapeHtml(href),
        label,
      }),
    ),
    fromBot: html.startsWith('<article class="line easel"'),
  };
}

const entities: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'", '&amp;': '&' };
function unescapeHtml(html: string): string {
  return html.replace(/<[^>]*>/g, '').replace(/&(?:lt|gt|quot|#39|amp);/g, (entity) => entities[entity] as string);
}
