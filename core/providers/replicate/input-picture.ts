import { z } from 'zod';
import { type InputPicture, ProviderError } from '../port.ts';
import type { ReplicateCall } from './client.ts';

/** Replicate's own advice: data URIs for what is smaller, files for the rest. */
const longestDataUriBytes = 256_000;

const fileSchema = z.object({ urls: z.object({ get: z.url() }) });

/**
 * The address under which a model finds the picture: itself when it is small, else a file that Replicate keeps for a
 * day and opens to its own models only. Uploading starts and costs nothing, so a failure is always safe to repeat.
 */
export async function referToPicture(
  picture: InputPicture,
  upload: (call: Pick<ReplicateCall, 'method' | 'route' | 'data'>) => Promise<unknown>,
): Promise<string> {
  if (picture.bytes.length <= longestDataUriBytes)
    return `data:${picture.contentType};base64,${Buffer.from(picture.bytes).toString('base64')}`;
  const form = new FormData();
  const content = new Blob([new Uint8Array(picture.bytes)], { type: picture.contentType });
  form.append('content', content, `picture.${picture.contentType.slice('image/'.length)}`);
  try {
    return fileSchema.parse(await upload({ method: 'POST', route: 'files', data: form })).urls.get;
  } catch (error) {
    const cause = error instanceof ProviderError ? error : null;
    throw new ProviderError(cause?.code ?? 'provider_unavailable', cause?.message ?? 'Replicate named no file', {
      started: 'no',
      retryable: cause?.retryable ?? true,
      retryAfterMs: cause?.retryAfterMs ?? null,
      cause: error,
    });
  }
}
