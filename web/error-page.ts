import { escapeHtml } from '../core/index.ts';
import type { WebCore } from './index.ts';

type View = {
  locale: string;
  /** What went wrong, as the words' tiny HTML, which is HTML with everything from people escaped. */
  html: string;
  requestId: string;
};

/** A refusal for someone who looks at it in a browser. */
export function errorPage({ words }: Pick<WebCore, 'words'>, { locale, html, requestId }: View): string {
  const say = (key: string) => escapeHtml(words.plain(locale, `web.${key}`));
  return `<!doctype html>
<html lang="${escapeHtml(locale)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${say('error_title')} – Easel</title>
<link rel="stylesheet" href="/assets/page.css">
<link rel="stylesheet" href="/assets/error.css">
</head>
<body>
<main>
<h1>${say('error_title')}</h1>
<p>${html}</p>
<p><a href="/">${say('error_back')}</a></p>
<p class="number">${words.html(locale, 'web.error_number', { request: requestId })}</p>
</main>
</body>
</html>
`;
}
