import { escapeHtml } from '../../core/index.ts';

/** HTML that is safe to send as it stands. */
export type Markup = { readonly markup: string };
type Part = Markup | string | number | null | false | readonly Markup[];

/** Writes HTML; every value that is not itself markup is escaped, null and false are left out. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Markup {
  return { markup: String.raw({ raw: strings }, ...parts.map(write)) };
}

function write(part: Part): string {
  if (part === null || part === false) return '';
  if (typeof part === 'string' || typeof part === 'number') return escapeHtml(String(part));
  return 'markup' in part ? part.markup : part.map((inner) => inner.markup).join('');
}
