import type { State, Wire } from '../model/state.ts';
import { botWire } from '../model/wire.ts';
import { checkCommands } from './check-commands.ts';
import { DiscordFault } from './faults.ts';
import type { Call, Route } from './route.ts';

const COMMANDS = '/applications/{application_id}/commands';

export type ApplicationFacts = { publicKey: string; endpointUrl(): string | null; gateway(): Wire };

/** The bot's own account, its commands and the way to the gateway. */
export function applicationRoutes(state: State, facts: ApplicationFacts): Route[] {
  const route = (
    method: Route['method'],
    template: string,
    bucket: Route['bucket'],
    handle: Route['handle'],
  ): Route => {
    return { method, template, auth: true, bucket, handle };
  };
  return [
    route('GET', '/gateway/bot', 'gateway', () => ({ status: 200, body: facts.gateway() })),
    route('GET', '/users/@me', 'self', () => ({
      status: 200,
      body: { ...botWire(state), mfa_enabled: true, locale: 'en-US', verified: true, email: null, premium_type: 0 },
    })),
    route('GET', '/applications/@me', 'self', () => ({ status: 200, body: applicationWire(state, facts) })),
    route('GET', COMMANDS, 'commands', (call) => {
      ownApplication(state, call);
      const full = call.query.get('with_localizations') === 'true';
      return { status: 200, body: full ? state.commands : state.commands.map(withoutTranslations) };
    }),
    route('PUT', COMMANDS, 'commands', (call) => {
      ownApplication(state, call);
      state.commands = checkCommands(call.body ?? []).map((command) => commandWire(state, command));
      state.signal.notify();
      return { status: 200, body: state.commands };
    }),
  ];
}

function ownApplication(state: State, call: Call): void {
  if (call.params.application_id === state.applicationId) return;
  throw new DiscordFault(403, 20012, 'You are not authorized to perform this action on this application');
}

/** A command keeps its id as long as its name stays. */
function commandWire(state: State, command: Wire): Wire {
  const known = state.commands.find((each) => each.name === command.name);
  return {
    default_member_permissions: null,
    name_localizations: null,
    description_localizations: null,
    dm_permission: true,
    contexts: null,
    integration_types: [0],
    nsfw: false,
    ...command,
    type: 1,
    id: known?.id ?? state.newId(),
    application_id: state.applicationId,
    version: state.newId(),
  };
}

function withoutTranslations(entry: Wire): Wire {
  const { name_localizations: _names, description_localizations: _descriptions, ...rest } = entry;
  for (const list of ['options', 'choices']) {
    if (Array.isArray(rest[list])) rest[list] = (rest[list] as Wire[]).map(withoutTranslations);
  }
  return rest;
}

function applicationWire(state: State, facts: ApplicationFacts): Wire {
  return {
    id: state.applicationId,
    name: state.botName,
    icon: null,
    description: '',
    type: null,
    bot: botWire(state),
    bot_public: true,
    bot_require_code_grant: false,
    verify_key: facts.publicKey,
    flags: 0,
    flags_new: '0',
    redirect_uris: [],
    interactions_endpoint_url: facts.endpointUrl(),
    role_connections_verification_url: null,
    owner: botWire(state),
    approximate_guild_count: state.guilds.length,
    approximate_user_install_count: 0,
    approximate_user_authorization_count: 0,
    explicit_content_filter: 0,
    team: null,
    eligible_oauth2_scopes: [],
  };
}
