import type { GenerationState, Image } from '@prisma/client';
import type { PictureLinks } from '../images/links.ts';
import type { Words } from '../words/words.ts';
import type { GenerationWithImages, Standing } from './read.ts';

/** Where a generation stands, for programs: the worker's own steps are all `running`. */
export const generationStatuses = ['queued', 'running', 'succeeded', 'failed', 'cancelled', 'moderated'] as const;
export type GenerationStatus = (typeof generationStatuses)[number];

/** A picture as REST and webhooks tell of it. Times are ISO 8601 in UTC. */
export type PresentedImage = {
  id: string;
  generation_id: string;
  index: number;
  /** Its bytes: for whoever has a key of the account, and where links are signed, for whoever has the link. */
  url: string;
  thumbnail_url: string;
  content_type: string;
  bytes: number;
  width: number;
  height: number;
  sha256: string;
  /** Thumbhash, base64. */
  placeholder: string;
  visibility: 'private' | 'unlisted' | 'public';
  favourite: boolean;
  created_at: string;
};

/** A generation as REST and webhooks tell of it. */
export type PresentedGeneration = {
  id: string;
  ref: string;
  status: GenerationStatus;
  prompt: string;
  negative_prompt: string | null;
  model: string;
  style: string | null;
  aspect_ratio: string;
  count: number;
  seed: number;
  /** The picture it starts from. */
  image_id: string | null;
  /** 1 is next; null unless it waits. */
  queue_position: number | null;
  eta_seconds: number | null;
  /** 0 … 1, null while unknown. */
  progress: number | null;
  images: PresentedImage[];
  /** Why there is no picture; absent while there is no failure. */
  error?: { code: string; message: string };
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
};

type Surroundings = {
  words: Pick<Words, 'plain' | 'has'>;
  publicUrl: string;
  /** Signs the links to pictures, so that they open without a key for a while. */
  links?: Pick<PictureLinks, 'make'>;
};

/** The one form in which a generation leaves by REST and webhooks. Without `standing` its place is left open. */
export function presentGeneration(
  generation: GenerationWithImages,
  { standing = null, words, publicUrl, links }: Surroundings & { standing?: Standing | null },
): PresentedGeneration {
  const { errorCode } = generation;
  return {
    id: generation.id,
    ref: generation.ref,
    status: statusOf(generation.state),
    prompt: generation.prompt,
    negative_prompt: generation.negativePrompt,
    model: generation.model,
    style: generation.style,
    aspect_ratio: generation.aspectRatio,
    count: generation.count,
    seed: generation.seed,
    image_id: generation.inputImageId,
    queue_position: standing?.position ?? null,
    eta_seconds: standing?.etaSeconds ?? null,
    progress: generation.finishedAt ? 1 : (standing?.progress ?? generation.progress),
    images: generation.images.map((image) => presentImage(image, { publicUrl, ...(links ? { links } : {}) })),
    ...(errorCode ? { error: { code: errorCode, message: explain(words, errorCode) } } : {}),
    created_at: generation.createdAt.toISOString(),
    started_at: generation.submittedAt?.toISOString() ?? null,
    finished_at: generation.finishedAt?.toISOString() ?? null,
  };
}

/** The one form in which a picture leaves by REST and webhooks. */
export function presentImage(
  image: Image,
  { publicUrl, links }: Pick<Surroundings, 'publicUrl' | 'links'>,
): PresentedImage {
  const content = links?.make(image.id) ?? `${publicUrl}/v1/images/${image.id}/content`;
  return {
    id: image.id,
    generation_id: image.generationId,
    index: image.index,
    url: content,
    thumbnail_url: `${content}${links ? '&' : '?'}size=thumbnail`,
    content_type: image.contentType,
    bytes: image.bytes,
    width: image.width,
    height: image.height,
    sha256: image.sha256,
    placeholder: image.placeholder,
    visibility: image.visibility,
    favourite: image.favourite,
    created_at: image.createdAt.toISOString(),
  };
}

function statusOf(state: GenerationState): GenerationStatus {
  switch (state) {
    case 'accepted':
    case 'queued':
      return 'queued';
    case 'submitting':
    case 'submit_unknown':
    case 'running':
    case 'fetching':
    case 'stored':
      return 'running';
    default:
      return state;
  }
}

function explain(words: Surroundings['words'], code: string): string {
  return words.plain('en', words.has(`failures.${code}`) ? `failures.${code}` : 'failures.provider_failed');
}
