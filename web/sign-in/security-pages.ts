import { type Account, escapeHtml, leastPassword, mostPassword, type Proposal } from '../../core/index.ts';
import type { SignInCore } from './index.ts';
import { appCode, field, type Note, page, showNote } from './page.ts';
import { drawQrCode } from './qr-code.ts';
import type { ListedSession } from './session.ts';

/** What is wrong with what was typed, by the name of the field, as the words' tiny HTML. */
export type Faults = Readonly<Record<string, string | undefined>>;

type Who = Pick<Account, 'email' | 'role'>;
type SecondFactorStatus = { since: Date; recoveryCodesLeft: number };
/** Whether nothing else opens before there is a second factor. */
type Demanded = { demanded: boolean };

/** The pages on which people look after their own sign-in. */
export function createSecurityPages({ words }: Pick<SignInCore, 'words'>) {
  const open = (locale: string) => ({
    say: (key: string) => escapeHtml(words.plain(locale, `security.${key}`)),
    tell: (key: string, values = {}) => words.html(locale, `security.${key}`, values),
  });

  function overview(
    locale: string,
    {
      account,
      secondFactor,
      sessions,
      note,
    }: { account: Who; secondFactor: SecondFactorStatus | null; sessions: readonly ListedSession[]; note?: Note },
  ): string {
    const { say, tell } = open(locale);
    const role = escapeHtml(words.plain(locale, `security.roles.${account.role}`));
    return page(
      locale,
      say('title'),
      `<p class="intro">${tell('who', { email: account.email })} (${role})</p>
${showNote(note)}
<section aria-labelledby="second-factor">
<h2 id="second-factor">${say('factor_title')}</h2>
<p>${secondFactor ? tell('factor_on', { since: secondFactor.since }) : say('factor_off')}</p>
${secondFactor ? `<p>${tell('codes_left', { count: secondFactor.recoveryCodesLeft })}</p>` : ''}
<p><a class="button" href="/security/second-factor">${say(secondFactor ? 'factor_change' : 'factor_set_up')}</a></p>
</section>
<section aria-labelledby="password">
<h2 id="password">${say('password_title')}</h2>
<p><a class="button" href="/security/password">${say('password_change')}</a></p>
</section>
<section aria-labelledby="sessions">
<h2 id="sessions">${say('sessions_title')}</h2>
<p>${say('sessions_text')}</p>
<ul class="sessions">
${sessions.map((session) => showSession(locale, session)).join('\n')}
</ul>
${sessions.length > 1 ? post('/security/sessions/end-others', say('end_others')) : ''}
</section>
<p class="links"><a href="/admin">${say('to_panel')}</a> <a href="/sign-out">${say('sign_out')}</a></p>`,
      { wide: true },
    );
  }

  function showSession(locale: string, { handle, device, address, at, seenAt, isThis }: ListedSession): string {
    const { say, tell } = open(locale);
    const name = device === null ? say('device_unknown') : escapeHtml(device);
    const end = isThis
      ? `<span class="badge">${say('this_session')}</span>`
      : post('/security/sessions/end', say('end'), { session: handle }, `${say('end')}: ${name}`);
    return `<li>
<div><strong>${name}</strong>
<span class="hint">${tell('session_from', { address, at: new Date(at) })}</span>
<span class="hint">${isThis ? say('seen_now') : tell('session_seen', { at: new Date(seenAt) })}</span></div>
${end}
</li>`;
  }

  /** To enter the proposed secret into an app, and to show by a code that it is there. */
  function enrol(locale: string, proposal: Proposal, { demanded }: Demanded, faults: Faults = {}): string {
    const { say } = open(locale);
    const code = { name: 'code', label: say('code'), attributes: appCode, hint: say('enrol_hint'), error: faults.code };
    return page(
      locale,
      say('enrol_title'),
      `<p class="intro">${say(demanded ? 'enrol_demanded' : 'enrol_intro')}</p>
<ol class="steps">
<li><p>${say('enrol_scan')}</p>
${drawQrCode(proposal.address, say('qr'))}
<p><a href="${escapeHtml(proposal.address)}">${say('enrol_open')}</a></p>
<p class="hint">${say('enrol_type')}<br><code class="secret">${group(proposal.secret)}</code></p></li>
<li><form method="post" action="/security/second-factor">
${field(code)}
<button type="submit">${say('enrol_submit')}</button>
</form></li>
</ol>
<p class="links">${demanded ? '' : `<a href="/security">${say('back')}</a> `}<a href="/sign-out">${say('sign_out')}</a></p>`,
      { wide: true },
    );
  }

  /** The second factor that there is: new recovery codes, another phone. */
  function manage(locale: string, status: SecondFactorStatus, { demanded }: Demanded, faults: Faults = {}): string {
    const { say, tell } = open(locale);
    const form = (name: string, action: string, submit: string, kind = '') => `<form method="post" action="${action}">
${field({ name, label: say('code_present'), attributes: appCode, error: faults[name] })}
<button type="submit"${kind}>${say(submit)}</button>
</form>`;
    return page(
      locale,
      say('factor_title'),
      `<p class="intro">${tell('factor_on', { since: status.since })}</p>
<section aria-labelledby="codes">
<h2 id="codes">${say('codes_title')}</h2>
<p>${tell('codes_left', { count: status.recoveryCodesLeft })}</p>
<p class="hint">${say('renew_text')}</p>
${form('renew', '/security/recovery-codes', 'renew_submit')}
</section>
<section aria-labelledby="remove-title">
<h2 id="remove-title">${say('remove_title')}</h2>
<p class="hint">${say(demanded ? 'remove_text_demanded' : 'remove_text')}</p>
${form('remove', '/security/second-factor/remove', 'remove_submit', ' class="plain"')}
</section>
<p><a href="/security">${say('back')}</a></p>`,
      { wide: true },
    );
  }

  /** Shown once. */
  function recoveryCodes(locale: string, codes: readonly string[]): string {
    const { say } = open(locale);
    return page(
      locale,
      say('codes_title'),
      `<p class="note" role="status">${say('codes_intro')}</p>
<ol class="codes">
${codes.map((code) => `<li><code>${code}</code></li>`).join('\n')}
</ol>
<p class="hint">${say('codes_text')}</p>
<p class="links"><a class="button" href="/admin">${say('codes_kept')}</a> <a href="/security">${say('back')}</a></p>`,
      { wide: true },
    );
  }

  function password(locale: string, { email }: Who, faults: Faults = {}): string {
    const { say, tell } = open(locale);
    const secret = (autocomplete: string) => ({ type: 'password', autocomplete, maxlength: mostPassword });
    const next = { ...secret('new-password'), minlength: leastPassword };
    return page(
      locale,
      say('password_title'),
      `<p class="intro">${say('password_text')}</p>
<form method="post" action="/security/password">
<input type="email" name="email" autocomplete="username" value="${escapeHtml(email)}" hidden>
${field({ name: 'current', label: say('password_current'), attributes: secret('current-password'), error: faults.current })}
${field({ name: 'next', label: say('password_next'), attributes: next, hint: tell('password_hint', { min: leastPassword }), error: faults.next })}
${field({ name: 'repeat', label: say('password_repeat'), attributes: secret('new-password'), error: faults.repeat })}
<button type="submit">${say('password_submit')}</button>
</form>
<p><a href="/security">${say('back')}</a></p>`,
    );
  }

  return { overview, enrol, manage, recoveryCodes, password };
}

/** A button that changes something. `label` and `spoken` are HTML. */
function post(action: string, label: string, hidden: Record<string, string> = {}, spoken = label): string {
  const inputs = Object.entries(hidden).map(
    ([name, value]) => `<input type="hidden" name="${name}" value="${escapeHtml(value)}">`,
  );
  return `<form method="post" action="${action}">${inputs.join('')}<button type="submit" class="plain" aria-label="${spoken}">${label}</button></form>`;
}

function group(secret: string): string {
  return (secret.match(/.{1,4}/g) ?? []).join(' ');
}
