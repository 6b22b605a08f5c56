import type { AdminCore } from './index.ts';

/** Models and their columns, by name; `switches` are the columns that are true or false. */
export type Named = { resources: readonly string[]; properties: readonly string[]; switches: readonly string[] };

/** Our words under the keys that AdminJS asks for, over its own. */
export function createTranslations({ words }: Pick<AdminCore, 'words'>, named: Named) {
  const languages = [...words.locales];
  return {
    availableLanguages: languages,
    translations: Object.fromEntries(languages.map((language) => [language, translate(words, language, named)])),
  };
}

function translate(words: AdminCore['words'], language: string, { resources, properties, switches }: Named) {
  const say = (key: string) => words.plain(language, `panel.${key}`);
  /** All words of a group, each under the name that AdminJS or a component of ours asks for. */
  const all = (group: string, name: (one: string) => string = same) =>
    Object.fromEntries(words.names(`panel.${group}`).map((one) => [name(one), say(`${group}.${one}`)]));
  const deeds = (part: string, prefix: string) =>
    Object.fromEntries(words.names('panel.deeds').map((deed) => [`${prefix}_${deed}`, say(`deeds.${deed}.${part}`)]));
  return {
    actions: {
      ...all('actions'),
      // What heads the page of one record.
      ...all('singular', (one) => `one_${one}`),
    },
    buttons: deeds('do', 'do'),
    // A column that just came to be is shown by its name until it has words.
    properties: Object.fromEntries(
      properties.filter((one) => words.has(`panel.properties.${one}`)).map((one) => [one, say(`properties.${one}`)]),
    ),
    // A list is headed by what it lists.
    resources: Object.fromEntries(
      resources.map((one) => [
        one,
        { actions: { list: say(`resources.${one}`) }, properties: all(`own_properties.${one}`) },
      ]),
    ),
    pages: { Queues: say('overview.queues') },
    labels: {
      // What a column may hold, under the column's name.
      ...Object.fromEntries(switches.map((one) => [one, { true: say('values.is.yes'), false: say('values.is.no') }])),
      ...Object.fromEntries(words.names('panel.values').map((one) => [one, all(`values.${one}`)])),
      dashboard: say('dashboard'),
      ...all('resources'),
      ...all('groups'),
      ...all('labels'),
      ...all('keys'),
      ...all('names', (one) => `name_${one}`),
      ...all('overview', (one) => `overview_${one}`),
      Queues: say('overview.queues'),
      ...all('fields', (one) => `deed_${one}`),
      ...all('choices', (one) => `choice_${one}`),
    },
    messages: {
      ...all('notices'),
      ...all('guards', (one) => `confirm_${one}`),
      ...all('faults', (one) => `fault_${one}`),
      ...deeds('explain', 'explain'),
      ...deeds('done', 'done'),
    },
  };
}

const same = (one: string) => one;
