import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ErrorCode, errorCodes } from '../../core/index.ts';
import english from '../../core/words/en.json' with { type: 'json' };
import { commandsIn } from '../../test/support/commands-in.ts';
import { startTestRest, type TestRest } from '../../test/support/rest.ts';
import { explainError } from './explain-error.ts';

const docs = path.join(import.meta.dirname, '../../docs');
let rest: TestRest;
beforeAll(async () => {
  rest = await startTestRest();
});
afterAll(() => rest.close());

const programs: Record<string, string> = { '.sh': 'sh', '.js': process.execPath, '.py': 'python3' };
const isThere = (program: string) => program === 'sh' || spawnSync(program, ['--version']).status === 0;
const examples = readdirSync(path.join(docs, 'examples')).map((file) => ({
  file,
  program: programs[path.extname(file)] as string,
}));

it.for(examples)('the example $file draws a picture', async ({ file, program }, { skip }) => {
  if (!isThere(program)) {
    const why = `${program} is not installed, so docs/examples/${file} was not run`;
    console.warn(why);
    skip(why);
  }
  const { key } = await rest.developer();
  const folder = mkdtempSync(path.join(tmpdir(), 'easel-example-'));
  try {
    const child = spawn(program, [path.join(docs, 'examples', file)], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder, EASEL_URL: rest.url, EASEL_KEY: key },
    });
    const [said, complained, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
    expect(complained).toBe('');
    expect(code).toBe(0);
    expect(said).toContain('saved fox.img');
    const { width, height } = await sharp(path.join(folder, 'fox.img')).metadata();
    expect(width / height).toBeCloseTo(16 / 9, 1);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('has an example in each language of the page', () => {
  const page = readFileSync(path.join(docs, 'api.md'), 'utf8');
  for (const { file, program } of examples) {
    expect(page).toContain(`(examples/${file})`);
    expect(program).toBeDefined();
  }
});

/** Refusals that only chats, the web chat and the panel give. */
const elsewhere: ErrorCode[] = [
  'missing_option',
  'unknown_command',
  'unknown_option',
  'not_linked',
  'invalid_email',
  'code_wrong',
  'code_missing',
  'code_limit',
  'already_linked',
  'last_identity',
  'nothing_running',
  'button_invalid',
  'cross_site',
  'sign_in_required',
  'sign_in_failed',
  'second_factor_wrong',
  'recovery_code_wrong',
  'second_factor_required',
  'second_factor_exists',
  'password_wrong',
  'password_length',
  'password_repeated',
  'last_owner',
  'event_refused',
  'confirm_wrong',
];

it('lists every code that REST may answer, with its status and words', async () => {
  const rows = (Object.entries(errorCodes) as [ErrorCode, number][])
    .filter(([code]) => !elsewhere.includes(code))
    .sort(([a, one], [b, other]) => one - other || (a < b ? -1 : 1))
    .map(([code, status]) => {
      const words = explainError(rest.core.words, code).replaceAll('\n', ' ').replaceAll('|', '\\|');
      expect(words, code).not.toBe('');
      expect(words).not.toContain('{{');
      return `| ${status} | \`${code}\` | ${words} |`;
    });
  const page = readFileSync(path.join(docs, 'api-errors.md'), 'utf8');
  const listed = page.split('\n').filter((line) => /^\| \d/.test(line));
  // The formatter aligns the columns.
  expect(listed.map((line) => line.replaceAll(/ +/g, ' '))).toEqual(rows);
});

it('tells developers of routes and pages, never of commands, in every language', () => {
  const { words } = rest.core;
  const keys = (Object.keys(errorCodes) as ErrorCode[])
    .filter((code) => !elsewhere.includes(code))
    .map((code) => `errors.${code}`);
  for (const group of ['receipts', 'hints', 'failures'] as const)
    keys.push(...Object.keys(english[group]).map((name) => `${group}.${name.replace(/_rest$/, '')}`));
  for (const locale of words.locales) {
    for (const key of keys) expect(commandsIn(words.plain(locale, key, { count: 2 }, 'rest')), key).toEqual([]);
  }
});
