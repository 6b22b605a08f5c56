/** What the `prisma` command line asks of its engine. */
export type EngineArguments =
  | { kind: 'version' }
  | { kind: 'database'; command: string; url: string }
  | { kind: 'serve'; url: string; shadowUrl: string | null; schemaFiles: string[] };

const flagsWithIgnoredValue = new Set(['--enabled-preview-features', '--extension-types']);
// A command that needs no database (`diff` between two files) is given no address at all.
const unusedUrl = 'postgresql://localhost/postgres';

/** Reads the arguments of the Rust binary: `[--datamodels FILE]… [--datasource JSON] [cli COMMAND | --version]`. */
export function readArguments(words: string[]): EngineArguments {
  const schemaFiles: string[] = [];
  const positional: string[] = [];
  let datasource: { url?: string; shadowDatabaseUrl?: string } = {};
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (word === '--version') return { kind: 'version' };
    if (word === '--datamodels') schemaFiles.push(words[++index] ?? '');
    else if (word === '--datasource') datasource = JSON.parse(words[++index] ?? '{}');
    else if (flagsWithIgnoredValue.has(word)) index++;
    else positional.push(word);
  }
  const url = datasource.url ?? unusedUrl;
  if (positional[0] === 'cli') return { kind: 'database', command: positional[1] ?? '', url };
  return { kind: 'serve', url, shadowUrl: datasource.shadowDatabaseUrl ?? null, schemaFiles };
}
