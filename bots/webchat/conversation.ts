import { hideKeys, type ReplyTo } from '../../core/index.ts';
import type { DeliveredVia, Dispatch, Inbound, Recipient, Reply } from '../chat.ts';
import { plainText } from '../html.ts';
import { parseCommand } from '../parse-command.ts';
import type { ChatCore } from './core.ts';
import { type BotContent, contentOfReply, contentShownOnce, mask } from './lines.ts';
import { readReplyTo } from './stream.ts';
import type { Visitors } from './visitors.ts';

export type Asker = { visitorId: string; displayName: string; locale: string };
/** What came of a message or a press: ids of the lines that are new or changed, or a short note that is no line. */
export type Answer = {
  lineIds: string[];
  notice: string | null;
  /** What the last line says to this answer's reader only, as it is kept nowhere. */
  shownOnce: BotContent | null;
};

/** Takes messages and presses to dispatch, and keeps what is said. Everything may be sent twice and happens once. */
export function createConversation({
  core,
  dispatch,
  visitors,
}: {
  core: Pick<ChatCore, 'conversations' | 'generations'>;
  dispatch: Pick<Dispatch, 'run' | 'commands'>;
  visitors: Pick<Visitors, 'lineId'>;
}) {
  const { conversations } = core;

  /** Someone says something; what doesn't begin with a slash is a prompt. */
  async function ask(asker: Asker, requestId: string, text: string): Promise<Answer> {
    const question = visitors.lineId(asker.visitorId, requestId, 'question');
    const typed = parseCommand(text, dispatch.commands) ?? parseCommand(`/imagine ${text}`, dispatch.commands);
    const content = { text: typed && takesSecret(typed.name) ? `/${typed.name} ${mask}` : hideKeys(text) };
    await conversations.append({ id: question, visitorId: asker.visitorId, fromBot: false, content });
    const action = { type: 'command', name: typed?.name ?? '', input: typed?.input ?? {} } as const;
    const answer = await run(asker, requestId, action);
    return { ...answer, lineIds: [question, ...answer.lineIds] };
  }

  /** Whether what is typed after a command is not kept: a code is nobody's business once it was typed. */
  function takesSecret(name: string): boolean {
    const command = dispatch.commands.find((each) => each.name === name);
    return command?.options.some((option) => option.type === 'text' && option.secret) ?? false;
  }

  /** Someone presses a button in a line of theirs. */
  async function press(
    asker: Asker,
    requestId: string,
    { data, lineId }: { data: string; lineId: string },
  ): Promise<Answer> {
    return run(asker, requestId, { type: 'button', data }, lineId);
  }

  async function run(asker: Asker, requestId: string, action: Inbound['action'], pressed?: string): Promise<Answer> {
    const { visitorId, displayName, locale } = asker;
    const answerId = visitors.lineId(visitorId, requestId, 'answer');
    const replyTo: ReplyTo = { platform: 'web', visitorId, lineId: answerId };
    const inbound: Inbound = {
      platform: 'web',
      userId: visitorId,
      displayName,
      locale,
      requestId: `${visitorId}:${requestId}`,
      replyTo,
      action,
    };
    const reply = await dispatch.run(inbound);
    if (reply.mode === 'notice') return { lineIds: [], notice: plainText(reply.html), shownOnce: null };
    const content = contentOfReply(reply);
    const lineId = reply.mode === 'replace' && pressed ? pressed : answerId;
    if (lineId === answerId) await conversations.append({ id: answerId, visitorId, fromBot: true, content });
    else await conversations.update(visitorId, lineId, content);
    if (reply.follow) await core.generations.attachReply(reply.follow, { ...replyTo, lineId });
    const shownOnce = reply.secret ? contentShownOnce(reply) : null;
    return { lineIds: [lineId], notice: null, shownOnce };
  }

  /** A result takes the place of the line that waits for it, or becomes that line. */
  async function deliver(replyTo: ReplyTo, reply: Reply): Promise<DeliveredVia> {
    const { visitorId, lineId } = readReplyTo(replyTo);
    const content = contentOfReply(reply);
    const line = await conversations.append({ id: lineId, visitorId, fromBot: true, content });
    // Twice the same would only make every open page draw it again.
    if (!sameContent(line.content, content)) await conversations.update(visitorId, lineId, content);
    return 'reply';
  }

  /** A line of its own, the same one however often it comes. */
  async function notify({ userId }: Recipient, reply: Reply, key: string): Promise<DeliveredVia> {
    const id = visitors.lineId(userId, key, 'notice');
    await conversations.append({ id, visitorId: userId, fromBot: true, content: contentOfReply(reply) });
    return 'direct';
  }

  return { ask, press, deliver, notify };
}

/** Postgres keeps the keys of JSON in its own order. */
function sameContent(one: unknown, other: unknown): boolean {
  return canonical(one) === canonical(other);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner) =>
    inner && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort())
      : inner,
  );
}
