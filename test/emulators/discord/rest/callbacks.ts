import { createMessage, editMessage } from '../model/messages.ts';
import type { Interaction, Message, State, Wire } from '../model/state.ts';
import { FIRST_RESPONSE_MS, MessageFlag } from '../model/state.ts';
import { messageWire } from '../model/wire.ts';
import type { ParsedBody } from './body.ts';
import { asRecord } from './body.ts';
import { checkMessage } from './check-message.ts';
import { checkChoiceList, OptionType } from './check-options.ts';
import { notEmulated, refusal } from './faults.ts';
import { checkChoice, checkInteger, checkList, checkRecord, checkText, createForm, isAbsent } from './form.ts';

const Callback = {
  pong: 1,
  message: 4,
  deferMessage: 5,
  deferUpdate: 6,
  update: 7,
  choices: 8,
  modal: 9,
} as const;

const CALLBACK_TYPES = [1, 4, 5, 6, 7, 8, 9, 11];
const AUTOCOMPLETE = 4;
const COMPONENT = 3;
const MODAL_SUBMIT = 5;

/**
 * The first response to an interaction, by REST or as the body of an HTTP answer.
 * Throws 10062 after three seconds, 40060 the second time, 50035 for a body that does not fit.
 */
export function acknowledge(state: State, interaction: Interaction, { body, files }: ParsedBody): Wire {
  if (interaction.callback !== null) throw refusal('alreadyAcknowledged');
  if (state.clock.now() - interaction.createdAt > FIRST_RESPONSE_MS) throw refusal('unknownInteraction');
  const response = asRecord(body);
  const type = checkType(interaction, response);
  const data = isAbsent(response.data) ? {} : (response.data as Wire);
  const message = apply(state, interaction, type, data, files, response);
  return {
    interaction: {
      id: interaction.id,
      type: interaction.kind,
      ...(message && {
        response_message_id: message.id,
        response_message_loading: (message.flags & MessageFlag.loading) !== 0,
        response_message_ephemeral: (message.flags & MessageFlag.ephemeral) !== 0,
      }),
    },
    ...(message && { resource: { type, message: messageWire(state, message) } }),
  };
}

function apply(
  state: State,
  interaction: Interaction,
  type: number,
  data: Wire,
  files: ParsedBody['files'],
  response: Wire,
): Message | null {
  const settle = () => {
    interaction.callback = type;
    interaction.log.push({ kind: 'acknowledged', callback: type });
  };
  if (type === Callback.message) {
    const change = checkMessage(data, files, { path: ['data'] });
    settle();
    return answer(state, interaction, data, change);
  }
  if (type === Callback.deferMessage) {
    checkDeferral(data);
    settle();
    return answer(state, interaction, data, { files: [] }, MessageFlag.loading);
  }
  if (type === Callback.update) {
    const source = interaction.source as Message;
    const change = checkMessage(data, files, { existing: source, path: ['data'] });
    settle();
    interaction.original = source;
    editMessage(state, source, change, interaction);
    return source;
  }
  if (type === Callback.choices) interaction.choices = checkAutocomplete(response);
  if (type === Callback.modal) interaction.modal = checkModal(response);
  settle();
  if (type === Callback.deferUpdate) interaction.original = interaction.source;
  state.signal.notify();
  return null;
}

/** Whether only the invoker sees the answer is fixed here and by nothing later. */
function answer(
  state: State,
  interaction: Interaction,
  data: Wire,
  change: Parameters<typeof editMessage>[2],
  flag = 0,
): Message {
  const ephemeral = (((data.flags as number | undefined) ?? 0) & MessageFlag.ephemeral) as number;
  interaction.ephemeral = ephemeral !== 0;
  const flags = flag | ephemeral | (((data.flags as number | undefined) ?? 0) & 4);
  const message = createMessage(state, {
    ...change,
    channel: interaction.channel,
    type: interaction.kind === 2 ? 20 : 19,
    flags,
    interaction,
  });
  interaction.original = message;
  return message;
}

/** Refuses types that the kind of interaction cannot be answered with. */
function checkType(interaction: Interaction, response: Wire): number {
  const form = createForm();
  checkChoice(form, ['type'], response.type, CALLBACK_TYPES);
  if (!isAbsent(response.data)) checkRecord(form, ['data'], response.data);
  form.finish();
  const type = response.type as number;
  if (type === 11) throw notEmulated('launching activities');
  const allowed = allowedTypes(interaction);
  if (!allowed.includes(type)) {
    form.refuse(
      ['type'],
      'INTERACTION_RESPONSE_TYPE_INVALID',
      `Value must be one of {${allowed.join(', ')}} for this interaction.`,
    );
    form.finish();
  }
  return type;
}

function allowedTypes(interaction: Interaction): number[] {
  if (interaction.kind === AUTOCOMPLETE) return [Callback.choices];
  const answers: number[] = [Callback.message, Callback.deferMessage];
  if (interaction.kind !== MODAL_SUBMIT) answers.push(Callback.modal);
  const hasSource = interaction.kind === COMPONENT || (interaction.kind === MODAL_SUBMIT && interaction.source);
  return hasSource ? [...answers, Callback.deferUpdate, Callback.update] : answers;
}

function checkDeferral(data: Wire): void {
  const form = createForm();
  checkInteger(form, ['data', 'flags'], data.flags, { min: 0 });
  form.finish();
}

function checkAutocomplete(response: Wire): Wire[] {
  const form = createForm();
  if (isAbsent(response.data)) form.refuse(['data'], 'BASE_TYPE_REQUIRED', 'This field is required');
  const data = (response.data ?? {}) as Wire;
  const first = Array.isArray(data.choices) ? (data.choices[0] as Wire | undefined) : undefined;
  const type = typeof first?.value === 'number' ? OptionType.number : OptionType.string;
  const choices = checkChoiceList(form, ['data', 'choices'], data.choices, type);
  form.finish();
  return choices;
}

function checkModal(response: Wire): Wire {
  const form = createForm();
  const data = (response.data ?? {}) as Wire;
  checkText(form, ['data', 'title'], data.title, { min: 1, max: 45, required: true });
  checkText(form, ['data', 'custom_id'], data.custom_id, { min: 1, max: 100, required: true });
  const rows = checkList(form, ['data', 'components'], data.components, { min: 1, max: 5, required: true });
  const seen = new Set<unknown>();
  for (const [place, row] of rows) {
    if (row.type !== 1) throw notEmulated('modals of anything but rows of text inputs');
    const at = ['data', 'components', place, 'components'];
    for (const [index, input] of checkList(form, at, row.components, { min: 1, max: 1, required: true })) {
      const here = [...at, index];
      checkChoice(form, [...here, 'type'], input.type, [4]);
      checkChoice(form, [...here, 'style'], input.style, [1, 2]);
      checkText(form, [...here, 'custom_id'], input.custom_id, { min: 1, max: 100, required: true });
      checkText(form, [...here, 'label'], input.label, { min: 1, max: 45, required: true });
      checkText(form, [...here, 'placeholder'], input.placeholder, { max: 100 });
      checkText(form, [...here, 'value'], input.value, { max: 4000 });
      checkInteger(form, [...here, 'min_length'], input.min_length, { min: 0, max: 4000 });
      checkInteger(form, [...here, 'max_length'], input.max_length, { min: 1, max: 4000 });
      if (seen.has(input.custom_id))
        form.refuse(
          [...here, 'custom_id'],
          'COMPONENT_CUSTOM_ID_DUPLICATED',
          'Component custom id cannot be duplicated',
        );
      seen.add(input.custom_id);
    }
  }
  form.finish();
  return data;
}
