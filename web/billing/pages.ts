import type { Confirmation, Core } from '../../core/index.ts';
import { page, type Sign } from './page.ts';

/** The chat that somebody came from; null when it isn't known. */
export type Origin = string | null;

type Say = (key: string, values?: Parameters<Core['words']['html']>[2]) => string;

/** What people see who come back from a page of the payment service. */
export function createPages({ words }: { words: Pick<Core['words'], 'html' | 'plain'> }) {
  const speak =
    (locale: string): Say =>
    (key, values) =>
      words.html(locale, `paying.${key}`, values);

  /** After paying. `look`: how often this page has looked already; `again` is its address for the next time. */
  function done(confirmation: Confirmation, { look, again }: { look: number; again: string }): string {
    const { state, locale, platform, url } = confirmation;
    const label = (key: string) => words.plain(locale, `paying.${key}`);
    const say = speak(locale);
    const waits = state === 'confirming' || state === 'open';
    const forward = state === 'open' ? [{ href: url, label: label('open_link') }] : [];
    const told = platform !== null && (state === 'paid' || state === 'confirming');
    const back = goBack(locale, platform);
    return page({
      locale,
      sign: signOf[state],
      title: label(`${titleOf[state]}_title`),
      says: [
        ...(state === 'paid' ? describeBought(say, confirmation) : [say(`${titleOf[state]}_text`)]),
        ...(told ? [say(state === 'paid' ? 'done_told' : 'confirming_told')] : []),
        ...(state === 'paid' ? back.says : []),
      ],
      links: [...forward, ...(waits ? [{ href: again, label: label('look_again') }] : back.links)],
      refresh: waits ? { seconds: Math.min(60, 3 + 2 * look), href: again } : undefined,
    });
  }

  /** A page that only says something: it was left, come back from, or is none. */
  function plain(locale: string, name: 'cancelled' | 'returned' | 'missing', from: Origin): string {
    const back = goBack(locale, from);
    return page({
      locale,
      sign: name === 'returned' ? 'done' : 'stopped',
      title: words.plain(locale, `paying.${name}_title`),
      says: [speak(locale)(`${name}_text`), ...back.says],
      links: back.links,
    });
  }

  /** Only the web chat has an address to go back to. */
  function goBack(locale: string, from: Origin) {
    if (from === 'discord' || from === 'telegram') return { says: [speak(locale)(`back_${from}`)], links: [] };
    return { says: [], links: [{ href: '/', label: words.plain(locale, 'paying.back') }] };
  }

  return { done, plain };
}

const signOf: Record<Confirmation['state'], Sign> = {
  paid: 'done',
  confirming: 'waiting',
  open: 'waiting',
  expired: 'stopped',
  over: 'stopped',
};
const titleOf: Record<Confirmation['state'], string> = {
  paid: 'done',
  confirming: 'confirming',
  open: 'open',
  expired: 'expired',
  over: 'over',
};

function describeBought(say: Say, { bought }: Confirmation): string[] {
  if (bought.kind === 'pack') return [say('done_pack', { count: bought.images })];
  const { state, at } = bought.standing.subscription ?? {};
  const until = state === 'renews' ? say('done_renews', { at: at ?? null }) : '';
  const ends = state === 'ends' || state === 'grace' ? say('done_ends', { at: at ?? null }) : '';
  return [[say('done_plan', { plan: bought.plan }), until, ends].filter(Boolean).join(' ')];
}
