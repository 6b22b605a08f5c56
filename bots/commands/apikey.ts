import { type ApiKey, AppError, dayOf, type Scope, scopes } from '../../core/index.ts';
import { type Context, defineCommand, type Reply } from '../chat.ts';
import { requireMember } from './member.ts';

/** What a key is wanted for, and the scopes that takes. */
const uses: Record<string, readonly Scope[]> = {
  all: scopes,
  generate: ['generate', 'read'],
  read: ['read'],
};
const dayMs = 86_400_000;

export const apikey = defineCommand({
  name: 'apikey',
  private: true,
  options: [
    { type: 'choice', name: 'action', required: true, choices: () => ['create', 'list', 'revoke'] },
    { type: 'text', name: 'name', maxLength: 64 },
    { type: 'choice', name: 'use', choices: () => Object.keys(uses) },
    { type: 'integer', name: 'days', min: 1, max: 3650 },
    { type: 'integer', name: 'cap', min: 1, max: 1_000_000 },
  ],
  async run(context, { action, name, use = 'all', days, cap }) {
    if (action === 'list') return list(context);
    if (action === 'revoke') return revoke(context, name);
    return create(context, { name, scopes: uses[use] ?? [], days, cap });
  },
});

async function create(
  context: Context,
  { name, scopes, days, cap }: { name?: string; scopes: readonly Scope[]; days?: number; cap?: number },
): Promise<Reply> {
  const { core, say, platform, requestId } = context;
  const now = new Date();
  const { key, secret } = await core.apiKeys.create({
    accountId: requireMember(context).id,
    name: name ?? dayOf(now),
    scopes,
    expiresAt: days === undefined ? null : new Date(now.getTime() + days * dayMs),
    dailyCap: cap ?? null,
    requestId: `${platform}:${requestId}`,
  });
  const lines = [say('chat.key_made', { name: key.name, key: secret }), describe(context, key)];
  return { html: lines.join('\n'), private: true, secret };
}

async function list(context: Context): Promise<Reply> {
  const { core, say } = context;
  const keys = await core.apiKeys.list(requireMember(context).id);
  if (!keys.length) return { html: say('chat.keys_none'), private: true };
  const lines = keys.map((key) => {
    const { name, prefix, lastFour } = key;
    return `${say('chat.key_line', { name, prefix, lastFour })}\n${describe(context, key)}`;
  });
  return { html: [say('chat.keys_title'), ...lines].join('\n'), private: true };
}

async function revoke(context: Context, name: string | undefined): Promise<Reply> {
  const { core, say, locale } = context;
  const { id: accountId } = requireMember(context);
  if (!name) {
    const example = core.words.plain(locale, 'commands.apikey.example_revoke');
    throw new AppError('missing_option', { command: 'apikey', option: 'name', example });
  }
  const key = await core.apiKeys.pick(accountId, name);
  await core.apiKeys.revoke(accountId, key.id);
  return { html: say('chat.key_revoked', { name: key.name, lastFour: key.lastFour }), private: true };
}

function describe({ say }: Context, { scopes, dailyCap, expiresAt, lastUsedAt }: ApiKey): string {
  return [
    say('chat.key_scopes', { scopes: scopes.join(', ') }),
    dailyCap === null ? null : say('chat.key_cap', { max: dailyCap }),
    expiresAt ? say('chat.key_until', { at: expiresAt }) : null,
    lastUsedAt ? say('chat.key_used', { at: lastUsedAt }) : null,
  ]
    .filter((part) => part !== null)
    .join(' · ');
}
