import { randomUUID } from 'node:crypto';
import type { Account } from '../../core/index.ts';
import type { ChatCore } from './core.ts';
import type { BotContent, StoredLine } from './lines.ts';
import { html, type Markup } from './markup.ts';
import { type Renderer, richText } from './render.ts';

/** The most characters that one message may have. */
export const textLimit = 4_000;

/** A line as it is shown once, to whoever asked for it, instead of as it is kept. */
export type ShownOnce = { id: string; content: BotContent };

/** What such a line says, if it is this one. */
export function contentFor(lineId: string, once: ShownOnce | null): BotContent | null {
  return once?.id === lineId ? once.content : null;
}

export type PageView = {
  locale: string;
  account: Account | null;
  lines: readonly StoredLine[];
  /** A line of explanation above the box, words as tiny HTML. */
  notice: string | null;
  once: ShownOnce | null;
  /** What is on the page is at least as new as this. */
  since: Date;
};

/** Writes the whole page; it can be read and used before, and without, its script. */
export function createPage({ core, render }: { core: Pick<ChatCore, 'words' | 'settings'>; render: Renderer }) {
  const { words } = core;

  return function page(view: PageView): string {
    const say = (key: string) => words.plain(view.locale, `web.${key}`);
    return html`<!doctype html>
<html lang="${words.pick(view.locale)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content">
<meta name="color-scheme" content="light dark">
<meta name="theme-color" content="#faf9f7" media="(prefers-color-scheme: light)">
<meta name="theme-color" content="#17171a" media="(prefers-color-scheme: dark)">
<title>Easel</title>
<link rel="icon" href="/chat/assets/easel.svg" type="image/svg+xml">
<link rel="stylesheet" href="/chat/assets/chat.css">
<script type="module" src="/chat/assets/chat.js"></script>
</head>
<body data-words="${JSON.stringify(scriptWords(say))}" data-since="${view.since.toISOString()}">
<a class="skip" href="#text">${say('skip')}</a>
${header(view, say)}
<main>
<div class="log" id="log" role="log" aria-live="polite" aria-label="${say('conversation')}" tabindex="0"><div class="lines" id="lines">
${empty(view, say)}
${view.lines.map((line) => render.line(line, view.locale, contentFor(line.id, view.once)))}
</div></div>
<button type="button" class="newest" id="newest" hidden>${say('newest')}</button>
${composer(view, say)}
</main>
${viewer(say)}
</body>
</html>
`.markup;
  };

  function header({ account, locale }: PageView, say: (key: string) => string): Markup {
    const badge = html`<button type="button" class="badge" popovertarget="sandbox">${say('sandbox_badge')}</button>
<div class="note" id="sandbox" popover>${richText(words.html(locale, 'web.sandbox_note'))}</div>`;
    return html`<header>
<h1><a href="/">Easel</a></h1>
${!core.settings.replicate.on && badge}
<p class="who" id="who">${account ? html`<span class="hidden">${say('signed_in')}</span> ${account.email}` : say('guest')}</p>
</header>`;
  }

  function empty({ account, locale }: PageView, say: (key: string) => string): Markup {
    const examples = ['fox', 'harbour', 'still_life'].map((name) => say(`example_${name}`));
    return html`<section class="empty">
<h2>${say('empty_title')}</h2>
${
  !account &&
  html`<p class="guest" id="guest">${richText(words.html(locale, 'web.empty_guest'))}</p>
<p><button type="button" class="example command" data-text="/link ">/link you@example.com</button></p>`
}
<p>${say('empty_text')}</p>
<form class="examples" method="post" action="/chat/messages">
<input type="hidden" name="id" value="${randomUUID()}">
${examples.map((text) => html`<button class="example" name="text" value="${text}">${text}</button>`)}
</form>
</section>`;
  }

  function composer({ locale, notice }: PageView, say: (key: string) => string): Markup {
    return html`<div class="foot">
<p class="notice" id="notice" role="status">${notice !== null && richText(notice)}</p>
<form class="composer" id="composer" method="post" action="/chat/messages">
<ul class="menu" id="menu" role="listbox" aria-label="${say('menu')}" hidden></ul>
<input type="hidden" name="id" value="${randomUUID()}">
<label class="hidden" for="text">${say('box_label')}</label>
<textarea id="text" name="text" rows="1" maxlength="${textLimit}" required placeholder="${say('box_placeholder')}" enterkeyhint="send" autocomplete="off" aria-describedby="hint" aria-autocomplete="list"></textarea>
<button class="send" aria-label="${say('send')}"><svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true"><path d="M12 20V5M5.5 11 12 4.5l6.5 6.5" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round"/></svg></button>
</form>
<p class="hint" id="hint">${richText(words.html(locale, 'web.hint'))} <span class="keys">${say('hint_keys')}</span></p>
</div>`;
  }
}

function viewer(say: (key: string) => string): Markup {
  return html`<dialog class="viewer" id="viewer" aria-label="${say('viewer')}">
<form method="dialog"><a class="save" id="save" download>${say('save')}</a><button class="close">${say('close')}</button></form>
<div class="stage" id="stage"></div>
</dialog>`;
}

/** What the page's script says. */
function scriptWords(say: (key: string) => string): Record<string, string> {
  const names = ['you', 'guest', 'unsent', 'offline', 'away', 'failed'];
  return Object.fromEntries(names.map((name) => [name, say(name)]));
}
