import { describe, expect, it } from 'vitest';
import { type Command, defineCommand, type Option } from '../chat.ts';
import { encodeCommands } from './encode-commands.ts';
import { createFakeCore } from './test-bench.ts';

const core = createFakeCore();
const run: Command['run'] = async () => ({ html: '', private: true });
const encode = (options: readonly Option[]) =>
  encodeCommands([defineCommand({ name: 'imagine', private: false, options, run })], core)[0];
const words = (key: string) => ({
  description: `${key} (en)`,
  description_localizations: { 'es-ES': `${key} (es)`, 'es-419': `${key} (es)` },
});
const style = words('commands.imagine.options.style');

describe('encodeCommands', () => {
  it('describes a command in every language, for servers and private chats', () => {
    expect(encode([])).toEqual({
      type: 1,
      name: 'imagine',
      ...words('commands.imagine.description'),
      integration_types: [0],
      contexts: [0, 1],
      options: [],
    });
  });

  it.each<[string, Option, object]>([
    [
      'text',
      { type: 'text', name: 'style', maxLength: 40 },
      { type: 3, name: 'style', ...style, required: false, max_length: 40 },
    ],
    [
      'text that completes itself',
      { type: 'text', name: 'style', required: true, maxLength: 40, suggest: async () => [] },
      { type: 3, name: 'style', ...style, required: true, max_length: 40, autocomplete: true },
    ],
    [
      'an integer',
      { type: 'integer', name: 'style', min: 1, max: 4 },
      { type: 4, name: 'style', ...style, required: false, min_value: 1, max_value: 4 },
    ],
    [
      'a choice of plain values',
      { type: 'choice', name: 'style', choices: () => ['1:1', '16:9'] },
      {
        type: 3,
        name: 'style',
        ...style,
        required: false,
        choices: [
          { name: '1:1', value: '1:1' },
          { name: '16:9', value: '16:9' },
        ],
      },
    ],
    [
      'a choice with labels',
      { type: 'choice', name: 'style', label: 'shape', choices: () => ['wide'] },
      {
        type: 3,
        name: 'style',
        ...style,
        required: false,
        choices: [
          {
            name: 'choices.shape.wide (en)',
            name_localizations: { 'es-ES': 'choices.shape.wide (es)', 'es-419': 'choices.shape.wide (es)' },
            value: 'wide',
          },
        ],
      },
    ],
  ])('writes %s', (_what, option, json) => {
    expect(encode([option])?.options).toEqual([json]);
  });

  it('puts required options first and keeps the order otherwise', () => {
    const text = (name: string, required: boolean): Option => ({ type: 'text', name, required, maxLength: 10 });
    const encoded = encode([text('a', false), text('b', true), text('c', false), text('d', true)]);
    expect(encoded?.options?.map((option) => option.name)).toEqual(['b', 'd', 'a', 'c']);
  });
});
