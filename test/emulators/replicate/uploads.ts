import { createHash, randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { type Refusal, refusals } from './answers.ts';

/** A file as the service keeps it. Times are milliseconds since 1970. */
export type UploadedFile = { id: string; name: string; contentType: string; bytes: Buffer; createdAt: number };

const largestBytes = 100_000_000;
const keptMs = 24 * 60 * 60 * 1000;

/** The files API: what is uploaded can be named in a prediction's input for a day. */
export function createUploads({ clock }: { clock: () => number }) {
  const all = new Map<string, UploadedFile>();

  async function add(raw: Buffer, headers: IncomingHttpHeaders): Promise<UploadedFile | Refusal> {
    const type = headers['content-type'] ?? '';
    if (!type.startsWith('multipart/form-data')) return refusals.malformed('Missing content', 400);
    const body = new Response(new Uint8Array(raw), { headers: { 'content-type': type } });
    const content = await body.formData().then(
      (form) => form.get('content'),
      () => null,
    );
    if (!(content instanceof File)) return refusals.malformed('Missing content', 400);
    if (content.size > largestBytes) return refusals.malformed('File is too large', 413);
    const file = {
      id: randomBytes(18).toString('hex'),
      name: content.name,
      contentType: content.type || 'application/octet-stream',
      bytes: Buffer.from(await content.arrayBuffer()),
      createdAt: clock(),
    };
    all.set(file.id, file);
    return file;
  }

  /** Whether every file of ours that the input names is still there. */
  function areKnown(input: Record<string, unknown>, apiUrl: string): boolean {
    return Object.values(input)
      .flat()
      .filter((value): value is string => typeof value === 'string' && value.startsWith(`${apiUrl}/files/`))
      .every((address) => {
        const file = all.get(address.slice(`${apiUrl}/files/`.length));
        return file !== undefined && clock() - file.createdAt < keptMs;
      });
  }

  return { add, areKnown, list: () => [...all.values()] };
}

/** A file as the API prints it. */
export function presentFile({ id, name, contentType, bytes, createdAt }: UploadedFile, apiUrl: string) {
  return {
    id,
    name,
    content_type: contentType,
    size: bytes.length,
    etag: createHash('md5').update(bytes).digest('hex'),
    checksums: { sha256: createHash('sha256').update(bytes).digest('hex') },
    metadata: {},
    created_at: new Date(createdAt).toISOString(),
    expires_at: new Date(createdAt + keptMs).toISOString(),
    urls: { get: `${apiUrl}/files/${id}` },
  };
}
