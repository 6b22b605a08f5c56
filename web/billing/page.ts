import { escapeHtml } from '../../core/index.ts';

/** The sign above what is said. */
export type Sign = 'done' | 'waiting' | 'stopped';

type View = {
  locale: string;
  sign: Sign;
  /** Plain text. */
  title: string;
  /** Paragraphs of tiny HTML. */
  says: readonly string[];
  /** Where to go from here; labels are plain text. The first is the most likely. */
  links: readonly { href: string; label: string }[];
  /** Loads another address by itself. */
  refresh?: { seconds: number; href: string } | undefined;
};

/** A page of its own, which needs no script. */
export function page({ locale, sign, title, says, links, refresh }: View): string {
  const again = refresh
    ? `<meta http-equiv="refresh" content="${refresh.seconds}; url=${escapeHtml(refresh.href)}">\n`
    : '';
  const shownLinks = links.map(
    ({ href, label }, place) =>
      `<a${place === 0 ? ' class="button"' : ''} href="${escapeHtml(href)}">${escapeHtml(label)}</a>`,
  );
  return `<!doctype html>
<html lang="${escapeHtml(locale)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
${again}<title>${escapeHtml(title)} – Easel</title>
<link rel="stylesheet" href="/assets/page.css">
<link rel="stylesheet" href="/assets/billing.css">
</head>
<body>
<main>
${signs[sign]}
<h1>${escapeHtml(title)}</h1>
${says.map((text) => `<p>${text}</p>`).join('\n')}
${shownLinks.length ? `<p class="links">${shownLinks.join('\n')}</p>` : ''}
</main>
</body>
</html>
`;
}

const draw = (name: Sign, path: string) =>
  `<svg class="sign ${name}" viewBox="0 0 48 48" width="56" height="56" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"><circle cx="24" cy="24" r="21"/>${path}</svg>`;

const signs: Record<Sign, string> = {
  done: draw('done', '<path d="M15 24.5l6.5 6.5L34 18"/>'),
  waiting: draw('waiting', '<path d="M24 14v10l7 5"/>'),
  stopped: draw('stopped', '<path d="M28 16l-8 8 8 8"/>'),
};
