import type { ClientOptions, Interaction } from 'discord.js';
import { Client } from 'discord.js';
import type { DiscordEmulator } from './index.ts';

/**
 * Signs the real discord.js client in to the emulator and resolves once it is ready.
 * `onInteraction` answers; a fault in it reaches `faults`, as an unanswered rejection would.
 */
export async function startBot(
  discord: DiscordEmulator,
  onInteraction: (interaction: Interaction) => Promise<unknown>,
  options: Partial<ClientOptions> = {},
): Promise<{ client: Client<true>; faults: unknown[]; stop(): Promise<void> }> {
  const client = new Client({ intents: 0, ...options, rest: { api: discord.apiUrl, ...options.rest } });
  const faults: unknown[] = [];
  client.on('interactionCreate', (interaction) => {
    onInteraction(interaction).catch((error) => faults.push(error));
  });
  client.on('error', (error) => faults.push(error));
  const ready = new Promise<void>((resolve) => client.once('clientReady', () => resolve()));
  await client.login(discord.token);
  await ready;
  return { client: client as Client<true>, faults, stop: () => client.destroy() };
}
