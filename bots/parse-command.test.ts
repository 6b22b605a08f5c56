import { expect, it } from 'vitest';
import { defineCommand, type Reply } from './chat.ts';
import { parseCommand } from './parse-command.ts';

const run = async (): Promise<Reply> => ({ html: '', private: true });
const commands = [
  defineCommand({ name: 'help', private: true, options: [], run }),
  defineCommand({
    name: 'imagine',
    private: false,
    options: [
      { type: 'text', name: 'style', maxLength: 32 },
      { type: 'text', name: 'prompt', required: true, maxLength: 1000 },
      {
        type: 'choice',
        name: 'aspect',
        choices: () => ['1:1', '16:9', '9:16'],
      },
      { type: 'integer', name: 'count', min: 1, max: 4 },
      { type: 'text', name: 'negative', maxLength: 500 },
    ],
    run,
  }),
  defineCommand({
    name: 'show',
    private: true,
    options: [{ type: 'text', name: 'id', maxLength: 36 }],
    run,
  }),
];
const inputOf = (text: string) => parseCommand(text, commands)?.input;

it.each([
  ['/imagine a red fox', { prompt: 'a red fox' }],
  ['/imagine a red fox --aspect 16:9', { prompt: 'a red fox', aspect: '16:9' }],
  ['/imagine --aspect 16:9 a red fox', { prompt: 'a red fox', aspect: '16:9' }],
  ['/imagine --style noir a red fox --count 2', { prompt: 'a red fox', style: 'noir', count: 2 }],
  ['/imagine a fox --count 2 in snow', { prompt: 'a fox in snow', count: 2 }],
  ['/imagine a fox --negative blurry hands --aspect=1:1', { prompt: 'a fox', negative: 'blurry hands', aspect: '1:1' }],
  ['/imagine --negative "blurry --hands" a fox', { prompt: 'a fox', negative: 'blurry --hands' }],
  ['/imagine a fox —aspect 9:16', { prompt: 'a fox', aspect: '9:16' }],
  ['/imagine a sign that says "OPEN" in snow', { prompt: 'a sign that says "OPEN" in snow' }],
  ['/imagine a fox -- in snow', { prompt: 'a fox -- in snow' }],
  ['/imagine well--known fox', { prompt: 'well--known fox' }],
  ['/imagine a fox\nin snow', { prompt: 'a fox\nin snow' }],
  ['/imagine a fox --count many', { prompt: 'a fox', count: 'many' }],
  ['/imagine a fox --ar 16:9', { prompt: 'a fox', ar: '16:9' }],
  ['/imagine --prompt "a fox"', { prompt: 'a fox' }],
  ['/imagine a fox --style', { prompt: 'a fox' }],
  ['/imagine', {}],
  ['/show abc', { id: 'abc' }],
  ['/help me please', {}],
  ['  /HELP  ', {}],
])('%s', (text, input) => {
  expect(inputOf(text)).toEqual(input);
});

it('knows the bot that was named', () => {
  expect(parseCommand('/Imagine@Easel_Bot a fox', commands)).toEqual({
    name: 'imagine',
    bot: 'easel_bot',
    input: { prompt: 'a fox' },
  });
});

it('leaves it to dispatch to refuse a command that does not exist', () => {
  expect(parseCommand('/fly --far 3', commands)).toEqual({
    name: 'fly',
    bot: null,
    input: { far: '3' },
  });
});

it.each(['a red fox', '', '/', '/ imagine', 'see /imagine', '/imagine! a fox', '/home/fox'])(
  'is no command: %j',
  (text) => {
    expect(parseCommand(text, commands)).toBeNull();
  },
);
