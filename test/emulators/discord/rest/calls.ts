import type { IncomingMessage } from 'node:http';
import type { Clock } from '../model/state.ts';
import type { ParsedBody } from './body.ts';
import type { Match } from './route.ts';

type RecordedFile = { field: string; filename: string; contentType: string; bytes: number };

/** One call that the bot made, or one answer that it gave to an interaction over HTTP. */
export type RecordedCall = {
  source: 'rest' | 'endpoint';
  method: string;
  /** The path as the vendor's description writes it; the actual path when it has none. */
  template: string;
  path: string;
  query: Record<string, string>;
  contentType: string | undefined;
  /** Parsed JSON, or `payload_json` of a multipart body; undefined without a body or with an unreadable one. */
  body: unknown;
  files: RecordedFile[];
  /** The answer's status; 0 while it is under way or when the connection was cut. */
  status: number;
  /** Discord's error code of a refusal. */
  code: number | undefined;
  /** What Discord answered, for checking the emulator itself. */
  answer: unknown;
  at: number;
};

export type BotCalls = ReturnType<typeof createCalls>;

/** Records calls; never headers, which carry the token. */
export function createCalls(clock: Clock) {
  const all: RecordedCall[] = [];
  return {
    all,
    start(request: IncomingMessage, url: URL, path: string, match: Match | string): RecordedCall {
      return this.add({
        source: 'rest',
        method: request.method ?? '',
        template: typeof match === 'string' ? path : match.route.template,
        path,
        query: Object.fromEntries(url.searchParams),
        contentType: request.headers['content-type'],
      });
    },
    add(call: Pick<RecordedCall, 'source' | 'method' | 'template' | 'path' | 'query' | 'contentType'>): RecordedCall {
      const recorded = {
        ...call,
        body: undefined,
        files: [],
        status: 0,
        code: undefined,
        answer: undefined,
        at: clock.now(),
      };
      all.push(recorded);
      return recorded;
    },
  };
}

/** What a call's record keeps of its body: files by their description, not their bytes. */
export function describeBody({ body, files }: ParsedBody): Pick<RecordedCall, 'body' | 'files'> {
  return {
    body: structuredClone(body),
    files: files.map((file) => ({
      field: `files[${file.index}]`,
      filename: file.filename,
      contentType: file.contentType,
      bytes: file.bytes.byteLength,
    })),
  };
}
