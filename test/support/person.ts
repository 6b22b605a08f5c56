import { vi } from 'vitest';
import type { ActionName, Dispatch, Inbound, Reply } from '../../bots/chat.ts';
import { actions, commands } from '../../bots/commands/index.ts';
import { createDispatch } from '../../bots/dispatch.ts';
import { plainText } from '../../bots/html.ts';
import { parseCommand } from '../../bots/parse-command.ts';
import type { Core, GenerationWithImages, Platform } from '../../core/index.ts';

/** What someone got, and how it reads without markup. */
export type Read = Reply & { text: string };

/** Someone who types and presses, by the public dispatch; every platform is a way to get here. */
export type Person = {
  userId: string;
  /** Types a line, `/imagine a fox --count 2`. */
  type(line: string): Promise<Read>;
  /** Presses the first button of that action, and id if given, under a reply. */
  press(reply: Reply, action: ActionName, id?: string): Promise<Read>;
  /** Hands over a command as a platform would, whatever it is. */
  send(name: string, input: Record<string, unknown>): Promise<Read>;
  sendButton(data: string): Promise<Read>;
};

export function createTestDispatch(core: Core): Dispatch {
  return createDispatch({ core, commands, actions });
}

export function createPerson(
  dispatch: Dispatch,
  {
    platform = 'telegram',
    userId = crypto.randomUUID(),
    locale = 'en',
    displayName = 'Ana',
  }: { platform?: Platform; userId?: string; locale?: string; displayName?: string } = {},
): Person {
  async function run(action: Inbound['action']): Promise<Read> {
    const requestId = crypto.randomUUID();
    const reply = await dispatch.run({
      platform,
      userId,
      displayName,
      locale,
      requestId,
      replyTo: { platform, message: requestId },
      action,
    });
    return { ...reply, text: plainText(reply.html) };
  }
  const send: Person['send'] = (name, input) => run({ type: 'command', name, input });
  const sendButton: Person['sendButton'] = (data) => run({ type: 'button', data });
  return {
    userId,
    send,
    sendButton,
    async type(line) {
      const typed = parseCommand(line, dispatch.commands);
      if (!typed) throw new Error(`${line} is no command`);
      return send(typed.name, typed.input);
    },
    async press(reply, action, id) {
      const button = reply.buttons
        ?.flat()
        .find((each) => 'action' in each && each.action === action && each.id === (id ?? each.id));
      if (!button || !('action' in button)) throw new Error(`There is no button ${action}`);
      return sendButton(dispatch.button(locale, button).data);
    },
  };
}

/** A generation once it has ended. */
export function waitForEnd(core: Core, id: string): Promise<GenerationWithImages> {
  return vi.waitFor(
    async () => {
      const generation = await core.generations.find(id);
      if (!generation?.finishedAt) throw new Error(`${id} has not ended`);
      return generation;
    },
    { timeout: 15_000, interval: 50 },
  );
}
