import type { CliCommand } from './command.ts';

/** Every command of `npm run -s easel --`, in the order in which help lists them. */
export const cliCommands: readonly CliCommand[] = [
  {
    name: 'doctor',
    summary:
      'Check every setting, server and credential; with --role only that such a process is alive on this machine',
    usage: '[--role ROLE]',
    positionals: [],
    options: ['role'],
    load: () => import('./doctor/doctor.ts'),
  },
  {
    name: 'migrate',
    summary: 'Bring the database up to date',
    usage: '',
    positionals: [],
    options: [],
    load: () => import('./migrate.ts'),
  },
  {
    name: 'account create',
    summary: 'Make an account; for those who sign in to the panel, a password too, shown once',
    usage: '--email E [--plan P] [--role member|viewer|operator|owner]',
    positionals: [],
    options: ['email', 'plan', 'role'],
    load: () => import('./account-create.ts'),
  },
  {
    name: 'account password reset',
    summary: 'Give an account a new password to sign in with, shown once; its sessions end',
    usage: '--email E',
    positionals: [],
    options: ['email'],
    load: () => import('./password-reset.ts'),
  },
  {
    name: 'account second-factor reset',
    summary: 'Take the second factor off an account that lost it; its sessions end',
    usage: '--email E',
    positionals: [],
    options: ['email'],
    load: () => import('./second-factor-reset.ts'),
  },
  {
    name: 'apikey create',
    summary: 'Make an API key for an account, shown once; --expires takes days (90d) or a date',
    usage: '--email E [--name N] [--scopes generate,read,manage] [--expires WHEN] [--cap IMAGES]',
    positionals: [],
    options: ['email', 'name', 'scopes', 'expires', 'cap'],
    load: () => import('./apikey-create.ts'),
  },
  {
    name: 'apikey list',
    summary: 'List the API keys of an account',
    usage: '--email E',
    positionals: [],
    options: ['email'],
    load: () => import('./apikey-list.ts'),
  },
  {
    name: 'apikey revoke',
    summary: 'Revoke an API key by its name, its last four characters or its id, everywhere at once',
    usage: 'KEY --email E',
    positionals: ['KEY'],
    options: ['email'],
    load: () => import('./apikey-revoke.ts'),
  },
  {
    name: 'plan set',
    summary: 'Change limits of a plan, from the next request on; --monthly none takes that limit away',
    usage: 'SLUG [--daily N] [--monthly N] [--per-minute N] [--cooldown SECONDS] [--concurrent N]',
    positionals: ['SLUG'],
    options: ['daily', 'monthly', 'per-minute', 'cooldown', 'concurrent'],
    load: () => import('./plan-set.ts'),
  },
];
