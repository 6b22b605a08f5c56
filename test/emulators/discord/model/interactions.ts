import { randomBytes } from 'node:crypto';
import type { Channel, Interaction, InteractionKind, Message, Person, State } from './state.ts';

/** Opens an interaction with a fresh token; nothing has been sent to the bot yet. */
export function openInteraction(
  state: State,
  input: { kind: InteractionKind; name: string; person: Person; channel: Channel; source?: Message },
): Interaction {
  const id = state.newId();
  const interaction: Interaction = {
    id,
    token: Buffer.from(`interaction:${id}:${randomBytes(48).toString('hex')}`).toString('base64url'),
    kind: input.kind,
    name: input.name,
    person: input.person,
    channel: input.channel,
    createdAt: state.clock.now(),
    source: input.source ?? null,
    callback: null,
    ephemeral: false,
    original: null,
    choices: null,
    modal: null,
    expired: false,
    log: [],
    fault: null,
  };
  state.interactions.set(interaction.token, interaction);
  return interaction;
}
