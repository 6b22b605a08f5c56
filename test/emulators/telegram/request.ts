import { ApiError } from './errors.ts';
import type { RecordedCall } from './types.ts';

/** A file part of a multipart request. */
export interface UploadedFile {
  field: string;
  name: string;
  type: string;
  bytes: Buffer;
}

/** What one request carried. */
export interface RequestContent {
  values: Record<string, unknown>;
  files: UploadedFile[];
  encoding: RecordedCall['encoding'];
}

const JSON_PARAMETERS = new Set([
  'allowed_updates',
  'caption_entities',
  'commands',
  'entities',
  'link_preview_options',
  'media',
  'reply_markup',
  'reply_parameters',
  'scope',
]);

/** Reads the parameters from the address and the body; throws the service's 400 when they can't be read. */
export async function readContent(url: URL, contentType: string, body: Buffer): Promise<RequestContent> {
  const values: Record<string, unknown> = Object.fromEntries(url.searchParams);
  if (contentType.startsWith('application/json')) {
    return {
      values: { ...values, ...parseObject(body) },
      files: [],
      encoding: 'json',
    };
  }
  if (contentType.startsWith('application/x-www-form-urlencoded')) {
    return {
      values: {
        ...values,
        ...Object.fromEntries(new URLSearchParams(body.toString())),
      },
      files: [],
      encoding: 'form',
    };
  }
  if (contentType.startsWith('multipart/form-data')) {
    const { fields, files } = await readMultipart(contentType, body);
    return { values: { ...values, ...fields }, files, encoding: 'multipart' };
  }
  return { values, files: [], encoding: 'query' };
}

/** The parameters as a test wants to see them: nested JSON parsed, the method's name left out. */
export function describeValues(values: Record<string, unknown>): Record<string, unknown> {
  const { method: _, ...rest } = values;
  return Object.fromEntries(
    Object.entries(rest).map(([name, value]) => {
      if (typeof value !== 'string' || !JSON_PARAMETERS.has(name)) return [name, value];
      try {
        return [name, JSON.parse(value)];
      } catch {
        return [name, value];
      }
    }),
  );
}

function parseObject(body: Buffer): Record<string, unknown> {
  if (body.length === 0) return {};
  try {
    const value: unknown = JSON.parse(body.toString());
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    throw new ApiError(400, "Bad Request: can't parse parameter value");
  }
  throw new ApiError(400, 'Bad Request: JSON object expected');
}

async function readMultipart(contentType: string, body: Buffer) {
  const fields: Record<string, unknown> = {};
  const files: UploadedFile[] = [];
  const form = await new Response(new Uint8Array(body), {
    headers: { 'content-type': contentType },
  })
    .formData()
    .catch(() => {
      throw new ApiError(400, "Bad Request: can't parse form data headers");
    });
  for (const [field, value] of form) {
    if (typeof value === 'string') fields[field] = value;
    else
      files.push({
        field,
        name: value.name,
        type: value.type,
        bytes: Buffer.from(await value.arrayBuffer()),
      });
  }
  return { fields, files };
}
