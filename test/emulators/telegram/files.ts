import { createHash, randomBytes } from 'node:crypto';
import sharp from 'sharp';
import { ApiError, badRequest } from './errors.ts';
import type { Parameters } from './parameters.ts';

/** A file the service keeps. */
export interface StoredFile {
  id: string;
  uniqueId: string;
  kind: 'Photo' | 'Document';
  path: string;
  name: string;
  type: string;
  width: number;
  height: number;
  /** What the sender gave. */
  original: Buffer;
  /** What a download gives: the service makes JPEGs of photos. */
  content: () => Promise<Buffer>;
  /** Smaller copies, smallest first; a photo's last one is the file itself. */
  sizes: StoredFile[];
}

const PHOTO_BYTES = 10 << 20;
const FILE_BYTES = 50 << 20;
const DOWNLOAD_BYTES = 20 << 20;
const URL_PHOTO_BYTES = 5 << 20;
const PHOTO_DIMENSIONS = 10_000;
const PHOTO_RATIO = 20;
const PHOTO_SIDES = [90, 320, 800, 1280];

/** Keeps what was sent. `hosts` are the only addresses a file is ever fetched from. */
export function createFileStore(hosts: Record<string, string>) {
  const byId = new Map<string, StoredFile>();

  function register(fields: Omit<StoredFile, 'id' | 'uniqueId' | 'path' | 'sizes'>, folder: string): StoredFile {
    const id = `AgAC${randomBytes(27).toString('base64url')}`;
    const uniqueId = createHash('sha256').update(id).digest('base64url').slice(0, 15);
    const path = `${folder}/file_${byId.size}${fields.kind === 'Photo' ? '.jpg' : extensionOf(fields.name)}`;
    const file: StoredFile = { ...fields, id, uniqueId, path, sizes: [] };
    byId.set(id, file);
    return file;
  }

  /** Stores a picture, after the service's checks on real bytes. */
  async function addPhoto(bytes: Buffer, name: string): Promise<StoredFile> {
    if (bytes.length === 0) throw badRequest('File must be non-empty');
    if (bytes.length > PHOTO_BYTES) {
      throw badRequest(
        `File of size ${bytes.length} bytes is too big for a photo; the maximum size is ${PHOTO_BYTES} bytes`,
      );
    }
    const { width, height } = await measure(bytes);
    const ratio = Math.max(width / height, height / width);
    if (width + height > PHOTO_DIMENSIONS || ratio > PHOTO_RATIO) throw badRequest('PHOTO_INVALID_DIMENSIONS');
    const longest = Math.max(width, height);
    const sides = PHOTO_SIDES.filter((_, index) => index === 0 || (PHOTO_SIDES[index - 1] as number) < longest);
    const sizes = sides.map((side) => {
      const scale = Math.min(1, side / Math.max(width, height));
      const scaled = {
        width: Math.max(1, Math.round(width * scale)),
        height: Math.max(1, Math.round(height * scale)),
      };
      const content = () => sharp(bytes).resize(scaled.width, scaled.height).jpeg().toBuffer();
      return register(
        {
          kind: 'Photo',
          name,
          type: 'image/jpeg',
          original: bytes,
          content,
          ...scaled,
        },
        'photos',
      );
    });
    const largest = sizes.at(-1) as StoredFile;
    for (const size of sizes) size.sizes = sizes;
    return largest;
  }

  /** Stores a file of any kind. */
  function addDocument(bytes: Buffer, name: string, type: string): StoredFile {
    if (bytes.length === 0) throw badRequest('File must be non-empty');
    if (bytes.length > FILE_BYTES) throw new ApiError(413, 'Request Entity Too Large');
    const content = () => Promise.resolve(bytes);
    return register(
      {
        kind: 'Document',
        name,
        type,
        width: 0,
        height: 0,
        original: bytes,
        content,
      },
      'documents',
    );
  }

  async function fetchByUrl(address: string, kind: StoredFile['kind']): Promise<StoredFile> {
    const url = URL.parse(address);
    if (!url || !/^https?:$/.test(url.protocol))
      throw badRequest('Invalid file HTTP URL specified: Unsupported URL protocol');
    const origin = hosts[url.host];
    if (origin === undefined) throw badRequest('failed to get HTTP URL content');
    const response = await fetch(new URL(url.pathname + url.search, origin)).catch(() => undefined);
    if (!response?.ok) throw badRequest('failed to get HTTP URL content');
    const bytes = Buffer.from(await response.arrayBuffer());
    const type = response.headers.get('content-type')?.split(';')[0] ?? '';
    const name = decodeURIComponent(url.pathname.split('/').at(-1) ?? 'file');
    const isUsable =
      kind === 'Photo' ? type.startsWith('image/') && bytes.length <= URL_PHOTO_BYTES : bytes.length <= DOWNLOAD_BYTES;
    if (!isUsable) throw badRequest('wrong type of the web page content');
    return kind === 'Photo' ? addPhoto(bytes, name) : addDocument(bytes, name, type);
  }

  function findById(id: string, kind: StoredFile['kind']): StoredFile {
    const file = byId.get(id);
    if (!file) throw badRequest("Wrong remote file identifier specified: can't unserialize it. Wrong last symbol");
    if (file.kind !== kind) throw badRequest(`Can't use file of type ${file.kind} as ${kind}`);
    return file.sizes.at(-1) ?? file;
  }

  return {
    addPhoto,
    addDocument,
    /**
     * Takes the file that a parameter or a `media` field names: `attach://part`, an id, an address, or
     * (when `reference` is empty) the part of that name. Undefined when there is none.
     */
    async take(parameters: Parameters, part: string, reference: string, kind: StoredFile['kind']) {
      const attached = reference.startsWith('attach://') ? reference.slice('attach://'.length) : undefined;
      if (reference !== '' && attached === undefined) {
        return reference.includes('.') ? fetchByUrl(reference, kind) : findById(reference, kind);
      }
      const upload = parameters.file(attached ?? part);
      if (!upload) return undefined;
      if (kind === 'Photo') return addPhoto(upload.bytes, upload.name);
      return addDocument(upload.bytes, upload.name, upload.type);
    },
    /** For `getFile`; refuses what is too big to download. */
    find(id: string): StoredFile {
      const file = byId.get(id);
      if (!file) throw badRequest('invalid file_id');
      if (file.kind === 'Document' && file.original.length > DOWNLOAD_BYTES) throw badRequest('file is too big');
      return file;
    },
    findByPath: (path: string) => [...byId.values()].find((file) => file.path === path),
  };
}

/** What `createFileStore` makes. */
export type FileStore = ReturnType<typeof createFileStore>;

async function measure(bytes: Buffer): Promise<{ width: number; height: number }> {
  try {
    const { width, height } = await sharp(bytes, {
      limitInputPixels: false,
    }).metadata();
    return { width, height };
  } catch {
    throw badRequest('IMAGE_PROCESS_FAILED');
  }
}

function extensionOf(name: string): string {
  return /\.[a-z0-9]{1,8}$/i.exec(name)?.[0] ?? '';
}
