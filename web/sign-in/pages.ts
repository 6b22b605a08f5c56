import { escapeHtml } from '../../core/index.ts';
import type { SignInCore } from './index.ts';
import { appCode, field, type Note, page, recoveryCode, showNote } from './page.ts';

type SignInView = {
  locale: string;
  /** Where to go afterwards, a path of ours. */
  to: string;
  email?: string;
  note?: Note | undefined;
};

type CodeView = {
  locale: string;
  /** What is wrong with the code that was typed, as the words' tiny HTML. */
  error?: string;
  /** It was a recovery code. */
  recovery?: boolean;
};

/** The pages of signing in and out. */
export function createPages({ words }: Pick<SignInCore, 'words'>) {
  const speak = (locale: string) => (key: string) => escapeHtml(words.plain(locale, `signin.${key}`));

  function signIn({ locale, to, email = '', note }: SignInView): string {
    const say = speak(locale);
    // Which of the two is wrong is not told, so what is said belongs to both.
    const wrong: Record<string, string> = note?.refused ? { 'aria-invalid': 'true', 'aria-describedby': 'note' } : {};
    const name = { type: 'email', autocomplete: 'username', maxlength: 254, value: email, ...wrong };
    const secret = { type: 'password', autocomplete: 'current-password', maxlength: 256, ...wrong };
    return page(
      locale,
      say('title'),
      `<p class="intro">${say('intro')}</p>
${showNote(note)}
<form method="post" action="/sign-in">
<input type="hidden" name="to" value="${escapeHtml(to)}">
${field({ name: 'email', label: say('email'), attributes: name, focus: !email })}
${field({ name: 'password', label: say('password'), attributes: secret, focus: email !== '' })}
<button type="submit">${say('submit')}</button>
</form>`,
    );
  }

  /** Asks for the second factor of who knows the password. */
  function code({ locale, error, recovery = false }: CodeView): string {
    const say = speak(locale);
    const form = (name: string, content: string) => `<form method="post" action="/sign-in/second-factor">
${content}
<button type="submit">${say(name)}</button>
</form>`;
    const label = say('code');
    const app = { name: 'code', label, attributes: appCode, hint: say('code_hint'), focus: !recovery };
    const spare = { name: 'recovery', label: say('recovery'), attributes: recoveryCode, focus: recovery };
    return page(
      locale,
      say('code_title'),
      `<p class="intro">${say('code_intro')}</p>
${form('code_submit', field({ ...app, error: recovery ? undefined : error }))}
<details${recovery ? ' open' : ''}>
<summary>${say('recovery_summary')}</summary>
<p class="hint">${say('recovery_intro')}</p>
${form('recovery_submit', field({ ...spare, error: recovery ? error : undefined }))}
</details>
<p class="aside">${say('lost')}</p>
<p><a href="/sign-in">${say('back')}</a></p>`,
    );
  }

  function signOut({ locale, email }: { locale: string; email: string }): string {
    const say = speak(locale);
    return page(
      locale,
      say('sign_out_title'),
      `<p class="intro">${words.html(locale, 'signin.sign_out_text', { email })}</p>
<form method="post" action="/sign-out">
<button type="submit" autofocus>${say('sign_out')}</button>
</form>
<p class="links"><a href="/admin">${say('back')}</a> <a href="/security">${say('security')}</a></p>`,
    );
  }

  return { signIn, code, signOut };
}
