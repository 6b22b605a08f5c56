import type { IncomingMessage } from 'node:http';
import sharp from 'sharp';
import type { Wire } from '../model/state.ts';
import { DiscordFault, refusal } from './faults.ts';
import { isRecord } from './form.ts';

/** A file of a multipart body; `index` is the n of `files[n]`, by which `attachments` refers to it. */
export type UploadedFile = {
  index: string;
  filename: string;
  contentType: string;
  bytes: Uint8Array;
  width: number | undefined;
  height: number | undefined;
};

export type ParsedBody = { body: unknown; files: UploadedFile[] };

const NO_CONTENT_TYPE = 'Expected "Content-Type" header to be one of {"application/json"}.';

/** The whole body of a request. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/**
 * Reads JSON, or multipart with `payload_json` and `files[n]`.
 * Throws 50109 for bad JSON, 50035 for another content type, 40005 for a file over `maxFileBytes`.
 */
export async function parseBody(
  bytes: Buffer,
  contentType: string | undefined,
  maxFileBytes: number,
): Promise<ParsedBody> {
  if (bytes.length === 0) return { body: undefined, files: [] };
  if (contentType?.startsWith('application/json')) return { body: parseJson(bytes.toString()), files: [] };
  if (!contentType?.startsWith('multipart/form-data')) {
    throw new DiscordFault(400, 50035, 'Invalid Form Body', {
      _errors: [{ code: 'CONTENT_TYPE_INVALID', message: NO_CONTENT_TYPE }],
    });
  }
  const form = await readForm(bytes, contentType);
  const files: UploadedFile[] = [];
  let body: unknown = {};
  for (const [name, value] of form) {
    if (name === 'payload_json') body = parseJson(typeof value === 'string' ? value : await value.text());
    else if (typeof value !== 'string') files.push(await readFile(name, value, maxFileBytes));
    else if (isRecord(body)) body[name] = value;
  }
  return { body, files };
}

/** The body as a dictionary; Discord reads an absent one as empty. */
export function asRecord(body: unknown): Wire {
  if (body === undefined || body === null) return {};
  if (isRecord(body)) return body;
  throw new DiscordFault(400, 50035, 'Invalid Form Body', {
    _errors: [{ code: 'MODEL_TYPE_CONVERT', message: 'Expected an object/dictionary.' }],
  });
}

async function readForm(bytes: Buffer, contentType: string): Promise<FormData> {
  try {
    return await new Response(new Uint8Array(bytes), { headers: { 'content-type': contentType } }).formData();
  } catch {
    throw new DiscordFault(400, 50035, 'Invalid Form Body', {
      _errors: [{ code: 'CONTENT_TYPE_INVALID', message: 'The multipart body could not be read.' }],
    });
  }
}

async function readFile(name: string, file: File, maxFileBytes: number): Promise<UploadedFile> {
  if (file.size > maxFileBytes) throw refusal('tooLarge');
  const bytes = new Uint8Array(await file.arrayBuffer());
  // Discord measures pictures and leaves the size out for anything else.
  const picture = await sharp(bytes)
    .metadata()
    .catch(() => undefined);
  return {
    index: /^files\[(\d+)\]$/.exec(name)?.[1] ?? name,
    filename: file.name,
    contentType: file.type || (picture ? `image/${picture.format}` : 'application/octet-stream'),
    bytes,
    width: picture?.width,
    height: picture?.height,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refusal('invalidJson');
  }
}
