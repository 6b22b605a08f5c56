import { escapeHtml } from '../core/index.ts';
import type { Dispatch, Reply } from './chat.ts';

/** Writes the link buttons that a platform would not show, as `fits` says, as links under the text instead. */
export function unfoldLinks(
  reply: Reply,
  locale: string,
  { dispatch, fits }: { dispatch: Pick<Dispatch, 'button'>; fits(href: string): boolean },
): Reply {
  const links: string[] = [];
  const buttons = (reply.buttons ?? []).map((row) =>
    row.filter((button) => {
      if (!('href' in button) || fits(button.href)) return true;
      const href = escapeHtml(button.href);
      links.push(`${escapeHtml(dispatch.button(locale, button).label)}: <a href="${href}">${href}</a>`);
      return false;
    }),
  );
  if (!links.length) return reply;
  return { ...reply, html: [reply.html, ...links].join('\n'), buttons: buttons.filter((row) => row.length) };
}
