import { expect, it } from 'vitest';
import type { Core } from '../../core/index.ts';
import { createFakeDispatch } from '../fake-dispatch.ts';
import { encodeCommands } from './encode-commands.ts';

it('writes a menu for everyone and one a language, descriptions cut to what Telegram takes', () => {
  const plain = (locale: string, key: string) =>
    key === 'commands.help.description' ? '🦊'.repeat(300) : `${locale} ${key}`;
  const words = { locales: ['en', 'es'], plain } as unknown as Core['words'];
  const [everyone, spanish] = encodeCommands({ words, commands: createFakeDispatch().commands });
  expect(everyone?.language_code).toBeUndefined();
  expect(everyone?.commands[1]).toEqual({ command: 'imagine', description: 'en commands.imagine.description' });
  expect(everyone?.commands[0]?.description).toBe('🦊'.repeat(256));
  expect(spanish?.language_code).toBe('es');
  expect(spanish?.commands.map(({ command }) => command)).toEqual(['help', 'imagine', 'show']);
});
