import type { AdminCore } from './index.ts';
import type { FaultKey } from './prisma-adapter/faults.ts';

const groups = ['people', 'work', 'webhooks', 'service'];
const counts = ['accounts', 'generations', 'waiting', 'images', 'failed'];
const actions = ['new', 'edit', 'show', 'delete', 'list', 'suspend', 'restore', 'revoke'];
const notices = ['suspended', 'restored', 'revoked', 'key_made'];
/** Of the page that makes a key. */
const keyLabels = ['key_shown_once', 'scope_generate', 'scope_read', 'scope_manage'];
const faults: Record<FaultKey, true> = {
  required: true,
  whole_number: true,
  number: true,
  date: true,
  json: true,
  choice: true,
  too_long: true,
  not_negative: true,
  slug: true,
  taken: true,
  in_use: true,
  gone: true,
  at_least_one: true,
  to_come: true,
  key_limit: true,
};

/** Models and their columns, by name. */
export type Named = { resources: readonly string[]; properties: readonly string[] };

/** Our words under the keys that AdminJS asks for, over its own. */
export function createTranslations({ words }: Pick<AdminCore, 'words'>, named: Named) {
  const languages = [...words.locales];
  return {
    availableLanguages: languages,
    translations: Object.fromEntries(languages.map((language) => [language, translate(words, language, named)])),
  };
}

function translate(words: AdminCore['words'], language: string, { resources, properties }: Named) {
  const say = (key: string) => words.plain(language, `panel.${key}`);
  const each = (names: readonly string[], name: (one: string) => string, key: (one: string) => string) =>
    Object.fromEntries(names.map((one) => [name(one), say(key(one))]));
  return {
    actions: each(actions, same, (one) => `actions.${one}`),
    // A column that just came to be is shown by its name until it has words.
    properties: each(
      properties.filter((one) => words.has(`panel.properties.${one}`)),
      same,
      (one) => `properties.${one}`,
    ),
    // A list is headed by what it lists.
    resources: Object.fromEntries(resources.map((one) => [one, { actions: { list: say(`resources.${one}`) } }])),
    labels: {
      dashboard: say('dashboard'),
      ...each(resources, same, (one) => `resources.${one}`),
      ...each(groups, same, (one) => `groups.${one}`),
      ...each(keyLabels, same, (one) => `keys.${one}`),
      ...each(
        counts,
        (one) => `count_${one}`,
        (one) => `counts.${one}`,
      ),
    },
    messages: {
      confirm_suspend: say('guards.suspend'),
      confirm_revoke: say('guards.revoke'),
      ...each(notices, same, (one) => `notices.${one}`),
      ...each(
        Object.keys(faults),
        (one) => `fault_${one}`,
        (one) => `faults.${one}`,
      ),
    },
  };
}

const same = (one: string) => one;
