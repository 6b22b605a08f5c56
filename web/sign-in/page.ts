import { escapeHtml } from '../../core/index.ts';

/** Something said above a form, as the words' tiny HTML; `refused` when it says what went wrong. */
export type Note = { html: string; refused: boolean };

type Field = {
  name: string;
  label: string;
  /** Attributes beside those that every field has; `true` stands without a value. */
  attributes: Record<string, string | number | true>;
  hint?: string;
  /** What is wrong with what was typed, as the words' tiny HTML. */
  error?: string | undefined;
  focus?: boolean;
};

/** A page of its own, which works without a script. `title` and `content` are HTML. */
export function page(locale: string, title: string, content: string, { wide = false } = {}): string {
  return `<!doctype html>
<html lang="${escapeHtml(locale)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title} – Easel</title>
<link rel="stylesheet" href="/assets/page.css">
<link rel="stylesheet" href="/assets/sign-in.css">
</head>
<body>
<main${wide ? ' class="wide"' : ''}>
<h1>${title}</h1>
${content}
</main>
</body>
</html>
`;
}

export function showNote(note: Note | undefined): string {
  if (!note) return '';
  const kind = note.refused ? 'class="note refused" role="alert"' : 'class="note" role="status"';
  return `<p id="note" ${kind}>${note.html}</p>`;
}

/** An input with its label, and under it what is wrong or what to know. `label` and `hint` are HTML. */
export function field({ name, label, attributes, hint, error, focus = false }: Field): string {
  const below = [
    error ? `<p id="${name}-error" class="error" role="alert">${error}</p>` : '',
    hint ? `<p id="${name}-hint" class="hint">${hint}</p>` : '',
  ].join('');
  const described = [error ? `${name}-error` : '', hint ? `${name}-hint` : ''].filter(Boolean).join(' ');
  const all = {
    id: name,
    name,
    required: true,
    ...attributes,
    ...(described ? { 'aria-describedby': described } : {}),
    ...(error ? { 'aria-invalid': 'true' } : {}),
    ...(focus || error ? { autofocus: true } : {}),
  };
  const written = Object.entries(all).map(([key, value]) =>
    value === true ? key : `${key}="${escapeHtml(String(value))}"`,
  );
  return `<div class="field"><label for="${name}">${label}</label><input ${written.join(' ')}>${below}</div>`;
}

/** How a code of an authenticator app is typed: on phones by digits, or filled in by the password manager. */
export const appCode = { inputmode: 'numeric', autocomplete: 'one-time-code', maxlength: 12 };
/** Recovery codes have letters, and nothing should fill them in. */
export const recoveryCode = { autocomplete: 'off', autocapitalize: 'characters', spellcheck: 'false', maxlength: 40 };
