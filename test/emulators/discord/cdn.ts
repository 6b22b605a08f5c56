import type { ServerResponse } from 'node:http';
import type { State, StoredFile } from './model/state.ts';
import { UPLOADS } from './person/resolve.ts';

const PATH = /^\/attachments\/([^/]+)\/(\d+)\/([^/]+)$/;
const GONE = 'This content is no longer available.';

/** Serves attachments to whoever has the link, until the link expires or the message is deleted. */
export function serveFile(state: State, url: URL, response: ServerResponse): void {
  const match = PATH.exec(url.pathname);
  const file = match && find(state, match[1] ?? '', match[2] ?? '');
  const expires = Number.parseInt(url.searchParams.get('ex') ?? '0', 16) * 1000;
  if (!file || expires < state.clock.now()) {
    response.writeHead(404, { 'content-type': 'text/plain' }).end(GONE);
    return;
  }
  response
    .writeHead(200, { 'content-type': file.contentType, 'content-length': file.bytes.byteLength })
    .end(file.bytes);
}

function find(state: State, channelId: string, fileId: string): StoredFile | undefined {
  if (channelId === UPLOADS) return state.uploads.get(fileId);
  const messages = state.channels.get(channelId)?.messages.filter((message) => !message.deleted) ?? [];
  return messages.flatMap((message) => message.files).find((file) => file.id === fileId);
}
