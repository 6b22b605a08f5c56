import { type Core, fileNameOf, type GenerationWithImages, type Standing } from '../core/index.ts';
import type { Context, Reply, ReplyImage } from './chat.ts';

/** What stands in the message while a generation waits or runs. */
export async function progressReply(core: Core, locale: string, generation: GenerationWithImages): Promise<Reply> {
  if (generation.finishedAt) return resultReply(core, locale, generation);
  const say: Context['say'] = (key, values) => core.words.html(locale, key, values);
  const standing = await core.generations.standing(generation);
  const html = [
    say('chat.title', { prompt: shorten(generation.prompt, 200) }),
    `${describeStanding(say, generation, standing)} · ${say('chat.ref', { ref: generation.ref })}`,
    await describeLeft(core, locale, generation.accountId),
  ].join('\n');
  const cancel = { action: 'cancel', id: generation.id, style: 'secondary' } as const;
  return { html, progress: standing.progress, buttons: generation.cancelRequested ? [] : [[cancel]], private: false };
}

/** How a generation ended: its pictures, or why there are none and that nothing was charged. */
export async function resultReply(core: Core, locale: string, generation: GenerationWithImages): Promise<Reply> {
  const say: Context['say'] = (key, values) => core.words.html(locale, key, values);
  const { id, ref, state } = generation;
  const again = { action: 'again', id, style: 'primary' } as const;
  const title = say('chat.title', { prompt: shorten(generation.prompt, 200) });
  if (state === 'cancelled')
    return { html: `${title}\n${say('chat.cancelled', { ref })}`, buttons: [[again]], private: false };
  if (state !== 'succeeded') {
    const key = `failures.${generation.errorCode}`;
    const reason = say(core.words.has(key) ? key : 'failures.provider_failed');
    return { html: [title, reason, say('chat.failed', { ref })].join('\n'), buttons: [[again]], private: false };
  }
  const { model, aspectRatio, seed, images } = generation;
  const kept = images.length;
  const lines = [
    title,
    `${say('chat.details', { model, aspect: aspectRatio, seed: String(seed) })} · ${say('chat.ref', { ref })}`,
    `${say('chat.cost', { count: kept })} ${await describeLeft(core, locale, generation.accountId)}`,
    ...(kept < generation.count ? [say('chat.partly', { kept, asked: generation.count })] : []),
    ...(generation.provider === 'sandbox' ? [say('chat.sandbox')] : []),
  ];
  const remove = { action: 'delete', id, style: 'danger' } as const;
  return {
    html: lines.join('\n'),
    images: images.map((image) => toReplyImage(core, locale, generation, image)),
    buttons: [[again, remove]],
    private: false,
  };
}

/** Where it stands, in a few words. */
export function describeStanding(say: Context['say'], generation: GenerationWithImages, standing: Standing): string {
  if (generation.cancelRequested) return say('chat.cancelling');
  const eta = standing.etaSeconds ?? 1;
  if (standing.state === 'waiting') return say('chat.waiting', { position: standing.position ?? 1, eta });
  if (standing.progress)
    return say('chat.running_progress', { percent: Math.min(99, Math.round(standing.progress * 100)), eta });
  return say('chat.running', { eta });
}

/** At most `length` characters as people see them. */
export function shorten(text: string, length: number): string {
  const line = text.replaceAll(/\s+/g, ' ');
  const characters = [...segmenter.segment(line)];
  if (characters.length <= length) return line;
  return `${characters
    .slice(0, length - 1)
    .map(({ segment }) => segment)
    .join('')}…`;
}
const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

async function describeLeft(core: Core, locale: string, accountId: string): Promise<string> {
  const account = await core.accounts.get(accountId);
  const { daily } = await core.quotas.status(accountId, account.plan);
  return core.words.html(locale, 'chat.left', { remaining: daily.remaining, max: daily.max });
}

function toReplyImage(
  core: Core,
  locale: string,
  generation: GenerationWithImages,
  image: GenerationWithImages['images'][number],
): ReplyImage {
  return {
    id: image.id,
    fileName: fileNameOf(image),
    contentType: image.contentType,
    width: image.width,
    height: image.height,
    placeholder: image.placeholder,
    alt: core.words.plain(locale, 'chat.alt', { prompt: shorten(generation.prompt, 900) }),
    bytes: () => core.images.read(image),
  };
}
