import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.join(import.meta.dirname, '..');
const importing = (name: string) => `import { thing } from '${name}';\nconsole.log(thing);\n`;

/** File, what it imports, and a part of what the linter answers. */
const refused: [file: string, imported: string, reason: string][] = [
  ['bots/commands/new.ts', '../../core/accounts/accounts.ts', 'its only door'],
  ['web/v1/new.ts', '../../core/quotas/quotas.ts', 'its only door'],
  ['admin/resources/new.ts', '../../core/database/database.ts', 'its only door'],
  ['core/accounts/new.ts', '../../bots/chat.ts', 'The core knows no chat'],
  ['core/web.ts', '../web/index.ts', 'The core knows no chat'],
  ['core/queue/new.ts', '../../admin/index.ts', 'The core knows no chat'],
  ['bots/discord/web.ts', '../../web/index.ts', 'never import each other'],
  ['bots/telegram/admin.ts', '../../admin/index.ts', 'never import each other'],
  ['web/site/new.ts', '../../bots/html.ts', 'never import each other'],
  ['admin/web.ts', '../web/index.ts', 'never import each other'],
  ['core/start.ts', '../start/service.ts', 'nothing imports them'],
  ['bots/main.ts', '../main.ts', 'nothing imports them'],
  ['core/discord.ts', 'discord.js', 'discord.js lives in'],
  ['bots/telegram/discord.ts', 'discord.js', 'discord.js lives in'],
  ['bots/discord/telegraf.ts', 'telegraf', 'telegraf lives in'],
  ['bots/webchat/telegraf.ts', 'telegraf/types', 'telegraf lives in'],
  ['core/providers/replicate.ts', 'replicate', 'replicate lives in'],
  ['core/generations/bullmq.ts', 'bullmq', 'bullmq lives in'],
  ['main.ts', 'bullmq', 'bullmq lives in'],
  ['start/adminjs.ts', 'adminjs', 'adminjs lives in'],
  ['web/adminjs.ts', '@adminjs/express', 'adminjs lives in'],
  ['core/mail/letters.ts', 'nodemailer', 'nodemailer lives in'],
  ['core/billing/new.ts', 'stripe', 'stripe lives in'],
];

const allowed: [file: string, imported: string][] = [
  ['bots/commands/index.ts', '../../core/index.ts'],
  ['bots/commands/greet.ts', './start.ts'],
  ['web/index.ts', '../core/index.ts'],
  ['admin/index.ts', '../core/index.ts'],
  ['start/roles.ts', '../admin/index.ts'],
  ['cli.ts', './bots/commands/index.ts'],
  ['bots/discord/index.ts', 'discord.js'],
  ['bots/telegram/index.ts', 'telegraf/types'],
  ['core/providers/index.ts', './replicate/provider.ts'],
  ['core/providers/replicate/index.ts', 'replicate'],
  ['core/queue/queue.ts', 'bullmq'],
  ['core/mail/open-mailer.ts', 'nodemailer'],
  ['admin/panel.ts', '@adminjs/express'],
  ['bots/telegram/new.test.ts', '../../core/pace/pace.ts'],
];

test('each part is imported through its door alone, and each vendor package in its one home', () => {
  const found = lint([...refused, ...allowed].map(([file, imported]) => [file, importing(imported)]));
  for (const [file, imported, reason] of refused) {
    expect(found.get(file), `${file} imports ${imported}`).toContain(reason);
  }
  for (const [file, imported] of allowed) expect(found.get(file), `${file} imports ${imported}`).toBeUndefined();
});

test('types, exports and imports at the moment of need are no way round', () => {
  const target = '../core/accounts/accounts.ts';
  const sources = [
    `import type { thing } from '${target}';\nexport type Mine = thing;\n`,
    `export { thing } from '${target}';\n`,
    `export const load = () => import('${target}');\n`,
  ];
  const found = lint(sources.map((source, index) => [`bots/way-${index}.ts`, source]));
  expect([...found.keys()].sort()).toEqual(['bots/way-0.ts', 'bots/way-1.ts', 'bots/way-2.ts']);
});

test('the environment is read in the settings and at the edges alone', () => {
  const elsewhere = ['bots/new.ts', 'core/log.ts', 'start/service.ts', 'web/new.ts'];
  const atHome = ['cli.ts', 'core/settings.ts', 'main.ts', 'prisma.config.ts', 'scripts/new.ts', 'test/new.ts'];
  const found = lint([...elsewhere, ...atHome].map((file) => [file, 'console.log(process.env.HOME);\n']));
  expect([...found.keys()].sort()).toEqual(elsewhere);
});

/** Lints files of those paths and texts under the project's own rules; what is said of each that is refused. */
function lint(files: [file: string, source: string][]): Map<string, string> {
  const folder = mkdtempSync(path.join(tmpdir(), 'easel-lint-'));
  for (const name of ['biome.json', '.gitignore']) cpSync(path.join(root, name), path.join(folder, name));
  for (const [file, source] of files) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), source);
  }
  // Not by --stdin-file-path: of what comes that way this version says neither what nor whether it found anything.
  const given = ['lint', '--reporter=json', '--max-diagnostics=none', '--diagnostic-level=error', folder];
  const { stdout } = spawnSync(path.join(root, 'node_modules/.bin/biome'), given, { cwd: folder, encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { message: string; location: { path: string } }[] };
  return new Map(diagnostics.map(({ message, location }) => [location.path.replace(`${folder}/`, ''), message]));
}
