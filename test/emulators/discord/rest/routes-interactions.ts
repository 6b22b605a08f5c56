import { createMessage, deleteMessage, editMessage, findMessage } from '../model/messages.ts';
import type { Interaction, Message, State, Wire } from '../model/state.ts';
import { MessageFlag, TOKEN_LIFE_MS } from '../model/state.ts';
import { messageWire } from '../model/wire.ts';
import { asRecord } from './body.ts';
import { acknowledge } from './callbacks.ts';
import { checkMessage } from './check-message.ts';
import { refusal } from './faults.ts';
import type { Call, Route } from './route.ts';

const WEBHOOK = '/webhooks/{webhook_id}/{webhook_token}';
const ORIGINAL = `${WEBHOOK}/messages/@original`;
const MESSAGE = `${WEBHOOK}/messages/{message_id}`;

/** What an interaction's token opens: the first response, its message, and follow-ups. None needs the bot's token. */
export function interactionRoutes(state: State): Route[] {
  const route = (method: Route['method'], template: string, handle: Route['handle']): Route => {
    return {
      method,
      template,
      auth: false,
      bucket: template.startsWith('/interactions') ? 'callback' : 'webhook',
      handle,
    };
  };
  return [
    route('POST', '/interactions/{interaction_id}/{interaction_token}/callback', (call) => {
      const interaction = state.interactions.get(call.params.interaction_token ?? '');
      if (!interaction || interaction.id !== call.params.interaction_id) throw refusal('unknownInteraction');
      const answer = acknowledge(state, interaction, call);
      return call.query.get('with_response') === 'true' ? { status: 200, body: answer } : { status: 204 };
    }),
    route('GET', ORIGINAL, (call) => show(state, original(state, call).message)),
    route('PATCH', ORIGINAL, (call) => edit(state, call, original(state, call))),
    route('DELETE', ORIGINAL, (call) => remove(state, original(state, call))),
    route('GET', MESSAGE, (call) => show(state, named(state, call).message)),
    route('PATCH', MESSAGE, (call) => edit(state, call, named(state, call))),
    route('DELETE', MESSAGE, (call) => remove(state, named(state, call))),
    route('POST', WEBHOOK, (call) => followUp(state, call)),
  ];
}

type Target = { interaction: Interaction; message: Message };

function open(state: State, call: Call): Interaction {
  const interaction = state.interactions.get(call.params.webhook_token ?? '');
  if (!interaction || call.params.webhook_id !== state.applicationId) throw refusal('unknownWebhook');
  if (interaction.expired || state.clock.now() - interaction.createdAt > TOKEN_LIFE_MS) throw refusal('invalidToken');
  return interaction;
}

function original(state: State, call: Call): Target {
  const interaction = open(state, call);
  const message = interaction.original;
  if (!message || message.deleted) throw refusal('unknownMessage');
  return { interaction, message };
}

function named(state: State, call: Call): Target {
  const interaction = open(state, call);
  const message = findMessage(interaction.channel, call.params.message_id ?? '');
  if (!message || (message.interaction !== interaction && interaction.original !== message))
    throw refusal('unknownMessage');
  return { interaction, message };
}

function show(state: State, message: Message) {
  return { status: 200, body: messageWire(state, message) };
}

function edit(state: State, call: Call, { interaction, message }: Target) {
  const change = checkMessage(asRecord(call.body), call.files, { existing: message });
  editMessage(state, message, change, interaction);
  return show(state, message);
}

function remove(state: State, { message }: Target) {
  deleteMessage(state, message);
  return { status: 204 };
}

/** The first follow-up of a deferred reply fills that reply in; its own ephemeral flag is then ignored. */
function followUp(state: State, call: Call): { status: number; body?: Wire } {
  const interaction = open(state, call);
  if (interaction.callback === null) throw refusal('unknownWebhook');
  const body = asRecord(call.body);
  const change = checkMessage(body, call.files);
  const deferred = interaction.original;
  if (deferred && !deferred.deleted && (deferred.flags & MessageFlag.loading) !== 0) {
    editMessage(state, deferred, change, interaction);
    return show(state, deferred);
  }
  const message = createMessage(state, {
    ...change,
    channel: interaction.channel,
    type: interaction.original ? 19 : 0,
    flags: ((body.flags as number | undefined) ?? 0) & (MessageFlag.ephemeral | 4),
    interaction,
    followUp: true,
  });
  return show(state, message);
}
