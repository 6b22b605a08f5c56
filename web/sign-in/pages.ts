import { escapeHtml } from '../../core/index.ts';
import type { SignInCore } from './index.ts';

type SignInView = {
  locale: string;
  /** Where to go afterwards, a path of ours. */
  to: string;
  email?: string;
  /** What to say above the form, as the words' tiny HTML; `refused` when it says what went wrong. */
  note?: { html: string; refused: boolean };
};

/** The pages of signing in and out. They work without a script. */
export function createPages({ words }: Pick<SignInCore, 'words'>) {
  function signIn({ locale, to, email = '', note }: SignInView): string {
    const say = (key: string) => escapeHtml(words.plain(locale, `signin.${key}`));
    const refused = note?.refused === true;
    const described = refused ? ' aria-invalid="true" aria-describedby="note"' : '';
    // Who has typed the address already goes on with the password.
    const [first, second] = email ? ['', ' autofocus'] : [' autofocus', ''];
    return page(
      locale,
      say('title'),
      `<p class="intro">${say('intro')}</p>
${note ? `<p id="note" class="note${refused ? ' refused' : ''}" role="${refused ? 'alert' : 'status'}">${note.html}</p>` : ''}
<form method="post" action="/sign-in">
<input type="hidden" name="to" value="${escapeHtml(to)}">
<label for="email">${say('email')}</label>
<input id="email" name="email" type="email" autocomplete="username" required maxlength="254" value="${escapeHtml(email)}"${described}${first}>
<label for="password">${say('password')}</label>
<input id="password" name="password" type="password" autocomplete="current-password" required maxlength="256"${described}${second}>
<button type="submit">${say('submit')}</button>
</form>`,
    );
  }

  function signOut({ locale, email }: { locale: string; email: string }): string {
    const say = (key: string) => escapeHtml(words.plain(locale, `signin.${key}`));
    return page(
      locale,
      say('sign_out_title'),
      `<p class="intro">${words.html(locale, 'signin.sign_out_text', { email })}</p>
<form method="post" action="/sign-out">
<button type="submit" autofocus>${say('sign_out')}</button>
</form>
<p><a href="/admin">${say('back')}</a></p>`,
    );
  }

  return { signIn, signOut };
}

function page(locale: string, title: string, content: string): string {
  return `<!doctype html>
<html lang="${escapeHtml(locale)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title} – Easel</title>
<link rel="stylesheet" href="/assets/sign-in.css">
</head>
<body>
<main>
<h1>${title}</h1>
${content}
</main>
</body>
</html>
`;
}
