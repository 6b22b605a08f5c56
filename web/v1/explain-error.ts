import type { Core, ErrorCode } from '../../core/index.ts';

/** What a refusal says, in English, with an ellipsis where it names something. */
export function explainError(words: Pick<Core['words'], 'has' | 'plain'>, code: ErrorCode): string {
  const key = `errors.${code}`;
  if (!words.has(key)) return '';
  return words.plain('en', key, { count: 2, n: '…' }, 'rest').replaceAll(/\{\{\w+\}\}/g, '…');
}
