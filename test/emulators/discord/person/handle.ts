import type { Interaction, InteractionEntry, State, Wire } from '../model/state.ts';
import { MessageFlag } from '../model/state.ts';
import type { SeenMessage } from './seen.ts';
import { readMessage } from './seen.ts';

type Wait = { timeout?: number };
type MessageEntry = Extract<InteractionEntry, { message: unknown }>;
export type InteractionHandle = ReturnType<typeof createHandle>;

/**
 * What a person watches after using a command or a button. Each wait reads on from where the last one stopped,
 * so an answer that came before it was asked for is not missed. All reject after `timeout` ms (5,000),
 * and at once when Discord threw the bot's answer away.
 */
export function createHandle(state: State, interaction: Interaction) {
  let place = 0;

  function next(
    matches: (entry: InteractionEntry) => boolean,
    what: string,
    timeout = 5_000,
  ): Promise<InteractionEntry> {
    return state.signal.until(
      () => {
        const at = interaction.log.findIndex((entry, index) => index >= place && matches(entry));
        if (at >= 0) {
          place = at + 1;
          return interaction.log[at];
        }
        if (interaction.fault !== null) throw new Error(`The application did not respond: ${interaction.fault}`);
        return undefined;
      },
      { timeout, what: () => describeSilence(interaction, what) },
    );
  }

  async function nextMessage(
    matches: (entry: MessageEntry) => boolean,
    what: string,
    wait: Wait,
  ): Promise<SeenMessage> {
    const entry = await next((each) => each.kind !== 'acknowledged' && matches(each), what, wait.timeout);
    return readMessage((entry as MessageEntry).wire);
  }

  return {
    id: interaction.id,
    token: interaction.token,
    /** The type of the first response (4, 5, 6, 7, 8 or 9) once it came; it leaves the reading place alone. */
    acknowledged: async ({ timeout = 5_000 }: Wait = {}): Promise<number> => {
      return state.signal.until(
        () => {
          if (interaction.fault !== null) throw new Error(`The application did not respond: ${interaction.fault}`);
          return interaction.callback ?? undefined;
        },
        { timeout, what: () => describeSilence(interaction, 'The bot did not acknowledge') },
      );
    },
    /** The first answer that a person can read: a message, a filled-in deferral or an updated message. */
    reply: (wait: Wait = {}): Promise<SeenMessage> =>
      nextMessage((entry) => entry.kind !== 'deleted' && !isLoading(entry.wire), 'No visible reply came', wait),
    /** The next edit, optionally the next that satisfies `predicate`. */
    nextEdit: (predicate: (message: SeenMessage) => boolean = () => true, wait: Wait = {}): Promise<SeenMessage> =>
      nextMessage((entry) => entry.kind === 'edited' && predicate(readMessage(entry.wire)), 'No such edit came', wait),
    /** The next message sent in addition to the first. */
    followUp: (predicate: (message: SeenMessage) => boolean = () => true, wait: Wait = {}): Promise<SeenMessage> =>
      nextMessage(
        (entry) => entry.kind === 'created' && entry.followUp && predicate(readMessage(entry.wire)),
        'No follow-up came',
        wait,
      ),
    /** Resolves when an answer is deleted, with what it said. */
    deleted: (wait: Wait = {}): Promise<SeenMessage> =>
      nextMessage((entry) => entry.kind === 'deleted', 'No answer was deleted', wait),
    /** The form that the bot opened. */
    modal: async ({ timeout = 5_000 }: Wait = {}): Promise<Wire> =>
      state.signal.until(() => interaction.modal ?? undefined, {
        timeout,
        what: () => describeSilence(interaction, 'No form was opened'),
      }),
    /** Every state of every answer so far, as it was seen. */
    history: (): SeenMessage[] =>
      interaction.log.flatMap((entry) => (entry.kind === 'acknowledged' ? [] : [readMessage(entry.wire)])),
  };
}

function isLoading(wire: Wire): boolean {
  return ((wire.flags as number) & MessageFlag.loading) !== 0;
}

function describeSilence(interaction: Interaction, what: string): string {
  const state = interaction.callback === null ? 'not acknowledged' : `acknowledged with type ${interaction.callback}`;
  return `${what}: "${interaction.name}" is ${state}`;
}
