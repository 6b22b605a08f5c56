import type { Button, Dispatch } from '../chat.ts';
import { type HtmlToken, parseHtml } from '../html.ts';
import type { ChatCore } from './core.ts';
import { type BotContent, type LineImage, readContent, type StoredLine } from './lines.ts';
import { html, type Markup } from './markup.ts';

/** The larger side of a thumbnail, in pixels. */
const thumbnailSide = 512;

export type Renderer = ReturnType<typeof createRenderer>;

/** Turns lines of the conversation into HTML, the same for the first page and for what comes later. */
export function createRenderer({
  core,
  dispatch,
}: {
  core: Pick<ChatCore, 'words'>;
  dispatch: Pick<Dispatch, 'button'>;
}) {
  const { words } = core;

  /**
   * One line, as an `<article>` whose id is `line-<id>`. With `once`, which stands for what is kept, it is marked,
   * so that the page leaves it until it is opened anew.
   */
  function line(row: StoredLine, locale: string, once: BotContent | null = null): Markup {
    const content = once ?? readContent(row.content);
    const speaker = words.plain(locale, row.fromBot ? 'web.easel' : 'web.you');
    return html`<article class="line ${row.fromBot ? 'easel' : 'you'}" id="line-${row.id}" data-at="${row.createdAt.toISOString()}"${once && html` data-once="yes"`}>
<h2 class="hidden">${speaker}</h2>
${content && 'html' in content ? says(row.id, content, locale) : html`<p class="text">${content?.text ?? words.plain(locale, 'web.unreadable')}</p>`}
<time class="stamp" datetime="${row.createdAt.toISOString()}">${stamp(row.createdAt, locale)}</time>
</article>`;
  }

  /** What Easel says in a line: all of it but the frame, so that progress can take its place. */
  function says(lineId: string, content: BotContent, locale: string): Markup {
    return html`<div class="says">${pictures(content.images)}${content.html !== '' && html`<p class="text${content.images.length > 0 && ' caption'}">${richText(content.html)}</p>`}${
      content.running && bar(content.progress, locale)
    }${content.buttons.length > 0 && buttons(lineId, content.buttons, locale)}</div>`;
  }

  function bar(progress: number | null, locale: string): Markup {
    const label = words.plain(locale, 'web.progress');
    return progress !== null
      ? html`<progress class="bar" max="100" value="${Math.round(progress * 100)}" aria-label="${label}"></progress>`
      : html`<progress class="bar" aria-label="${label}"></progress>`;
  }

  function buttons(lineId: string, rows: Button[][], locale: string): Markup {
    return html`<form class="buttons" method="post" action="/chat/actions">
<input type="hidden" name="lineId" value="${lineId}">${rows.map(
      (row) =>
        html`<div class="row">${row.map((button) => {
          const shown = dispatch.button(locale, button);
          if ('href' in shown)
            return html`<a class="button primary" href="${safeHref(shown.href)}" rel="noreferrer">${shown.label}</a>`;
          const style = 'style' in button ? button.style : 'secondary';
          return html`<button class="${style}" name="data" value="${shown.data}">${shown.label}</button>`;
        })}</div>`,
    )}</form>`;
  }

  return { line, says };
}

/** The tiny HTML of replies as real HTML. */
export function richText(text: string): Markup {
  return { markup: parseHtml(text).map(writeToken).join('') };
}

function writeToken(token: HtmlToken): string {
  if (token.type === 'text') return html`${token.text}`.markup;
  if (token.type === 'close') return `</${token.tag}>`;
  if (token.tag === 'a') return html`<a href="${safeHref(token.href)}" rel="noreferrer">`.markup;
  if (token.tag === 'time')
    return html`<time datetime="${token.datetime}"${token.isDistance && html` data-distance`}>`.markup;
  return `<${token.tag}>`;
}

/** Nothing but web and mail addresses becomes a link. */
function safeHref(href: string): string {
  return /^(https?:|mailto:|\/(?!\/))/i.test(href) ? href : '#';
}

function pictures(images: LineImage[]): Markup | null {
  if (!images.length) return null;
  const count = Math.min(images.length, 4);
  return html`<div class="pictures count-${count}">${images.map((image) => picture(image, images.length > 1))}</div>`;
}

function picture({ id, width, height, placeholder, alt, fileName }: LineImage, among: boolean): Markup {
  const full = `/chat/images/${id}`;
  const { shape, shownWidth } = shapeOf(width / height);
  const scale = Math.min(1, thumbnailSide / Math.max(width, height));
  const widths = `/chat/thumbnails/${id} ${Math.round(width * scale)}w, ${full} ${width}w`;
  const sizes = among ? '(min-width: 640px) 300px, 46vw' : `(min-width: 640px) ${shownWidth}px, 94vw`;
  const source = scale < 1 ? html`src="${full}" srcset="${widths}" sizes="${sizes}"` : html`src="${full}"`;
  return html`<a class="picture ${shape}" href="${full}" data-name="${fileName}"><img ${source} width="${width}" height="${height}" alt="${alt}" data-placeholder="${placeholder}" decoding="async"></a>`;
}

/** A picture has its room before it is loaded, and none is taller than a screen: so the width goes by the shape. */
function shapeOf(ratio: number): { shape: string; shownWidth: number } {
  if (ratio < 0.62) return { shape: 'tower', shownWidth: 320 };
  if (ratio < 0.95) return { shape: 'tall', shownWidth: 400 };
  return ratio < 1.2 ? { shape: 'square', shownWidth: 480 } : { shape: 'wide', shownWidth: 560 };
}

/** As the server can say it; the page writes it again in the reader's own time zone. */
function stamp(at: Date, locale: string): string {
  return `${new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' }).format(at)} UTC`;
}
