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
  // Not the pictures that are left: some may have been deleted since.
  const cost = await core.quotas.charged(id);
  const lines = [
    title,
    `${say('chat.details', { model, aspect: aspectRatio, seed: String(seed) })} · ${say('chat.ref', { ref })}`,
    `${describeCost(say, cost)} ${await describeLeft(core, locale, generation.accountId)}`,
    ...(cost.images < generation.count ? [say('chat.partly', { kept: cost.images, asked: generation.count })] : []),
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

/** What a result cost, and how much of that was bought on top of the plan. */
function describeCost(say: Context['say'], { images, topUp }: { images: number; topUp: number }): string {
  if (topUp && topUp === images) return say('chat.cost_only_extra', { count: images });
  const cost = say('chat.cost', { count: images });
  return topUp ? `${cost} ${say('chat.cost_extra', { count: topUp })}` : cost;
}

/** What is left: of the day, or of the month when that ends sooner, and of what was bought on top. */
async function describeLeft(core: Core, locale: string, accountId: string): Promise<string> {
  const account = await core.accounts.get(accountId);
  const { daily, monthly, topUp } = await core.quotas.status(accountId, account.plan);
  const byMonth = monthly && monthly.remaining < daily.remaining ? monthly : null;
  const { remaining, max } = byMonth ?? daily;
  const left = core.words.html(locale, byMonth ? 'chat.left_month' : 'chat.left', { remaining, max });
  if (!topUp.remaining) return left;
  return `${left} ${core.words.html(locale, 'chat.left_extra', { count: topUp.remaining })}`;
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
