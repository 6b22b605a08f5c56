import { AppError } from '../errors.ts';

/**
 * What Easel never draws, whatever the provider would: sexual pictures of children. Everything else
 * is the provider's filter and, later, the operator's own rules. Each rule needs a hit in every list.
 */
const rules: readonly (readonly RegExp[])[] = [
  [
    /\b(child|children|kid|kids|minor|minors|toddler|preteen|underage|schoolgirl|schoolboy|loli|shota|niñ[oa]s?|menor(es)?)\b/i,
    /\b(nude|naked|nsfw|sex|sexual|sexy|erotic|porn|porno|lingerie|hentai|topless|desnud[oa]s?|sexuales?)\b/i,
  ],
  [/\b(lolicon|shotacon|csam|child porn)\b/i],
];

/** Throws AppError `prompt_refused` for a prompt that breaks a rule. Nothing is spent or kept then. */
export function checkPrompt(prompt: string): void {
  const text = prompt.normalize('NFKC').replaceAll(/[\u200b-\u200d\u2060\ufeff\u00ad]/g, '');
  if (rules.some((rule) => rule.every((pattern) => pattern.test(text)))) throw new AppError('prompt_refused');
}
