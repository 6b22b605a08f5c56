import { createMessage, deleteMessage, editMessage, findMessage } from '../model/messages.ts';
import type { Channel, Message, State, Wire } from '../model/state.ts';
import { MessageFlag } from '../model/state.ts';
import { botWire, channelWire, messageWire, userWire } from '../model/wire.ts';
import { asRecord } from './body.ts';
import { checkMessage } from './check-message.ts';
import { refusal } from './faults.ts';
import { checkInteger, checkText, createForm, isAbsent } from './form.ts';
import type { Call, Route } from './route.ts';

const MESSAGES = '/channels/{channel_id}/messages';
const MESSAGE = `${MESSAGES}/{message_id}`;
/** How long Discord remembers a nonce; it says only "the past few minutes". */
const NONCE_LIFE_MS = 5 * 60_000;

/** Channels, their messages and direct messages, with the bot's token. */
export function channelRoutes(
  state: State,
  directChannel: (userId: string, mayOpen: boolean) => Channel | undefined,
): Route[] {
  return [
    {
      method: 'GET',
      template: '/channels/{channel_id}',
      auth: true,
      bucket: 'channel',
      handle: (call) => ({ status: 200, body: channelWire(reach(state, call)) }),
    },
    {
      method: 'GET',
      template: MESSAGE,
      auth: true,
      bucket: 'channel',
      handle: (call) => ({ status: 200, body: messageWire(state, find(state, call)) }),
    },
    { method: 'POST', template: MESSAGES, auth: true, bucket: 'createMessage', handle: (call) => post(state, call) },
    { method: 'PATCH', template: MESSAGE, auth: true, bucket: 'editMessage', handle: (call) => edit(state, call) },
    {
      method: 'DELETE',
      template: MESSAGE,
      auth: true,
      bucket: 'editMessage',
      handle: (call) => {
        deleteMessage(state, find(state, call));
        return { status: 204 };
      },
    },
    {
      method: 'POST',
      template: '/users/@me/channels',
      auth: true,
      bucket: 'openChannel',
      handle: (call) => openDirectChannel(state, call, directChannel),
    },
    {
      method: 'GET',
      template: '/users/@me/guilds',
      auth: true,
      bucket: 'self',
      handle: ({ query }) => ({ status: 200, body: listGuilds(state, query) }),
    },
    {
      method: 'GET',
      template: '/users/{user_id}',
      auth: true,
      bucket: 'self',
      handle: (call) => {
        if (call.params.user_id === state.applicationId) return { status: 200, body: botWire(state) };
        const person = state.people.get(call.params.user_id ?? '');
        if (!person) throw refusal('unknownUser');
        return { status: 200, body: userWire(person) };
      },
    },
  ];
}

/** The guilds after an id, oldest first, at most 200. Throws 50035 for a limit that Discord refuses. */
function listGuilds({ guilds }: State, query: URLSearchParams): Wire[] {
  const form = createForm();
  const limit = Number(query.get('limit') ?? 200);
  checkInteger(form, ['limit'], limit, { min: 1, max: 200 });
  form.finish();
  const after = BigInt(query.get('after') ?? 0);
  return guilds
    .filter(({ id }) => BigInt(id) > after)
    .sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1))
    .slice(0, limit)
    .map(({ id, name }) => ({ id, name, icon: null, banner: null, owner: false, permissions: '0', features: [] }));
}

/** The channel, or the refusal that the test set for it. A 50013 lets the bot look but not write. */
function reach(state: State, call: Call): Channel {
  const channel = state.channels.get(call.params.channel_id ?? '');
  if (!channel || channel.refusal === 10003) throw refusal('unknownChannel');
  if (channel.refusal === 50001) throw refusal('missingAccess');
  return channel;
}

/** Ephemeral messages are in no channel: only an interaction's token reaches them. */
function find(state: State, call: Call): Message {
  const message = findMessage(reach(state, call), call.params.message_id ?? '');
  if (!message || (message.flags & MessageFlag.ephemeral) !== 0) throw refusal('unknownMessage');
  return message;
}

function post(state: State, call: Call) {
  const channel = reach(state, call);
  if (channel.refusal === 50013) throw refusal('missingPermissions');
  if (channel.recipient?.refusesDirectMessages) throw refusal('cannotMessageUser');
  const body = asRecord(call.body);
  const nonce = readNonce(body.nonce);
  const change = checkMessage(body, call.files);
  const twin = body.enforce_nonce === true && nonce !== undefined ? findTwin(state, channel, nonce) : undefined;
  const message =
    twin ??
    createMessage(state, {
      ...change,
      channel,
      type: isAbsent(body.message_reference) ? 0 : 19,
      flags: ((body.flags as number | undefined) ?? 0) & (4 | 4096),
      nonce,
      interaction: null,
    });
  return { status: 200, body: messageWire(state, message) };
}

function edit(state: State, call: Call) {
  const message = find(state, call);
  const change = checkMessage(asRecord(call.body), call.files, { existing: message });
  editMessage(state, message, change);
  return { status: 200, body: messageWire(state, message) };
}

function readNonce(value: unknown): string | undefined {
  if (isAbsent(value)) return undefined;
  const nonce = typeof value === 'number' ? String(value) : value;
  const form = createForm();
  checkText(form, ['nonce'], nonce, { max: 25 });
  form.finish();
  return nonce as string;
}

function findTwin(state: State, channel: Channel, nonce: string): Message | undefined {
  const since = state.clock.now() - NONCE_LIFE_MS;
  return channel.messages.find((message) => message.nonce === nonce && message.createdAt >= since);
}

/** Opening the channel works even with somebody who refuses messages; sending then fails with 50007. */
function openDirectChannel(
  state: State,
  call: Call,
  directChannel: (userId: string, mayOpen: boolean) => Channel | undefined,
) {
  const body = asRecord(call.body);
  const form = createForm();
  checkText(form, ['recipient_id'], body.recipient_id, { min: 1, max: 20, required: true });
  form.finish();
  const userId = body.recipient_id as string;
  if (!state.people.has(userId)) throw refusal('invalidRecipients');
  const channel = directChannel(userId, !state.opensTooFast);
  if (!channel) throw refusal('openingTooFast');
  return { status: 200, body: channelWire(channel) };
}
