import { createButtonCodec } from './buttons.ts';
import type { Button, Command, Dispatch, Inbound, Reply, ShownButton, Suggestion } from './chat.ts';
import { defineCommand } from './chat.ts';

export type FakeDispatch = Dispatch & {
  /** Everything that the surface handed over, oldest first. */
  inbounds: Inbound[];
  /** What the next runs answer. */
  answer(reply: Reply | ((inbound: Inbound) => Reply | Promise<Reply>)): void;
  suggestions: Suggestion[];
  /** Throws for button data that was not signed here. */
  readButton(data: string): { action: string; id: string };
};

/** A dispatch for tests of surfaces: notes what comes in, answers what it is told. */
export function createFakeDispatch(commands: readonly Command[] = sampleCommands): FakeDispatch {
  const codec = createButtonCodec({ key: new Uint8Array(32).fill(7) });
  let answer: (inbound: Inbound) => Reply | Promise<Reply> = () => ({ html: 'Fine.', private: false });
  const fake: FakeDispatch = {
    commands,
    inbounds: [],
    suggestions: [],
    answer(reply) {
      answer = typeof reply === 'function' ? reply : () => reply;
    },
    async run(inbound) {
      fake.inbounds.push(inbound);
      return answer(inbound);
    },
    async suggest() {
      return fake.suggestions;
    },
    button<B extends Button>(locale: string, button: B) {
      const shown: ShownButton =
        'href' in button
          ? { label: `${button.label} (${locale})`, href: button.href }
          : { label: `${button.action} (${locale})`, data: codec.encode(button.action, button.id) };
      return shown as ShownButton<B>;
    },
    readButton: (data) => codec.decode(data),
  };
  return fake;
}

const unused = async (): Promise<Reply> => ({ html: '', private: true });

/** One command of each kind that a surface must be able to offer. */
const sampleCommands: readonly Command[] = [
  defineCommand({ name: 'help', private: true, options: [], run: unused }),
  defineCommand({
    name: 'imagine',
    private: false,
    options: [
      { type: 'text', name: 'prompt', required: true, maxLength: 1000 },
      { type: 'text', name: 'style', maxLength: 32, suggest: async () => [] },
      { type: 'choice', name: 'aspect', choices: () => ['1:1', '16:9', '9:16'] },
      { type: 'integer', name: 'count', min: 1, max: 4 },
      { type: 'text', name: 'negative', maxLength: 500 },
    ],
    run: unused,
  }),
  defineCommand({
    name: 'show',
    private: true,
    options: [{ type: 'text', name: 'id', required: true, maxLength: 36, suggest: async () => [] }],
    run: unused,
  }),
];
