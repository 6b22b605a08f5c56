/** A button, and a row of components, as a bot would send them. */
export const button = (customId: string, more: object = {}) => ({
  type: 2,
  style: 1,
  label: 'Go',
  custom_id: customId,
  ...more,
});
export const row = (...components: object[]) => ({ type: 1, components });
const option = (name: string, more: object = {}) => ({ type: 3, name, description: 'x', ...more });
const command = (more: object = {}) => ({ name: 'draw', description: 'x', ...more });

/** Message bodies that Discord refuses with 50035: what is wrong, the body, where the error stands and its code. */
export const badMessages: [string, object, string, string][] = [
  ['content over 2,000', { content: 'x'.repeat(2001) }, 'content', 'BASE_TYPE_MAX_LENGTH'],
  ['content that is no text', { content: {} }, 'content', 'STRING_TYPE_CONVERT'],
  [
    'a sixth row',
    { components: Array.from({ length: 6 }, (_, n) => row(button(`a${n}`))) },
    'components',
    'BASE_TYPE_MAX_LENGTH',
  ],
  [
    'a sixth button',
    { components: [row(...Array.from({ length: 6 }, (_, n) => button(`a${n}`)))] },
    'components.0.components',
    'BASE_TYPE_BAD_LENGTH',
  ],
  ['an empty row', { components: [row()] }, 'components.0.components', 'BASE_TYPE_BAD_LENGTH'],
  ['a button outside a row', { components: [button('a')] }, 'components.0.type', 'UNION_TYPE_CHOICES'],
  [
    'no custom id',
    { components: [row({ type: 2, style: 1, label: 'x' })] },
    'components.0.components.0.custom_id',
    'BASE_TYPE_REQUIRED',
  ],
  [
    'a custom id over 100',
    { components: [row(button('x'.repeat(101)))] },
    'components.0.components.0.custom_id',
    'BASE_TYPE_BAD_LENGTH',
  ],
  [
    'a custom id twice',
    { components: [row(button('a')), row(button('a', { disabled: true }))] },
    'components.1.components.0.custom_id',
    'COMPONENT_CUSTOM_ID_DUPLICATED',
  ],
  [
    'a label over 80',
    { components: [row(button('a', { label: 'x'.repeat(81) }))] },
    'components.0.components.0.label',
    'BASE_TYPE_MAX_LENGTH',
  ],
  [
    'a link button without address',
    { components: [row({ type: 2, style: 5, label: 'x' })] },
    'components.0.components.0.url',
    'BASE_TYPE_REQUIRED',
  ],
  [
    'an emoji that is none',
    { components: [row(button('a', { emoji: { name: 'star' } }))] },
    'components.0.components.0.emoji',
    'COMPONENT_INVALID_EMOJI',
  ],
  [
    'a script as address',
    { components: [row({ type: 2, style: 5, label: 'x', url: 'javascript:alert(1)' })] },
    'components.0.components.0.url',
    'URL_TYPE_INVALID_SCHEME',
  ],
  [
    'an eleventh embed',
    { embeds: Array.from({ length: 11 }, () => ({ title: 'x' })) },
    'embeds',
    'BASE_TYPE_MAX_LENGTH',
  ],
  ['an embed title over 256', { embeds: [{ title: 'x'.repeat(257) }] }, 'embeds.0.title', 'BASE_TYPE_MAX_LENGTH'],
  [
    'embeds over 6,000 together',
    { embeds: [{ description: 'x'.repeat(3001) }, { description: 'x'.repeat(3000) }] },
    'embeds.1',
    'MAX_EMBED_SIZE_EXCEEDED',
  ],
  ['a field without value', { embeds: [{ fields: [{ name: 'x' }] }] }, 'embeds.0.fields.0.value', 'BASE_TYPE_REQUIRED'],
  [
    'a 26th field',
    { embeds: [{ fields: Array.from({ length: 26 }, () => ({ name: 'x', value: 'x' })) }] },
    'embeds.0.fields',
    'BASE_TYPE_MAX_LENGTH',
  ],
  ['an attachment without a file', { content: 'x', attachments: [{ id: 0 }] }, 'attachments.0', 'ATTACHMENT_NOT_FOUND'],
  [
    'a description over 1,024',
    { content: 'x', attachments: [{ id: 0, description: 'x'.repeat(1025) }] },
    'attachments.0.description',
    'BASE_TYPE_MAX_LENGTH',
  ],
  [
    'an unknown kind of mention',
    { content: 'x', allowed_mentions: { parse: ['here'] } },
    'allowed_mentions.parse.0',
    'BASE_TYPE_CHOICES',
  ],
  [
    'mentions that exclude each other',
    { content: 'x', allowed_mentions: { parse: ['users'], users: ['1'] } },
    'allowed_mentions',
    'MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE',
  ],
  ['flags that are no number', { content: 'x', flags: '64' }, 'flags', 'NUMBER_TYPE_COERCE'],
  ['a nonce over 25', { content: 'x', nonce: 'x'.repeat(26) }, 'nonce', 'BASE_TYPE_MAX_LENGTH'],
];

/** The same for lists of commands. */
export const badCommands: [string, object[], string, string][] = [
  ['an upper-case name', [command({ name: 'Draw' })], '0.name', 'APPLICATION_COMMAND_INVALID_NAME'],
  ['a name with a space', [command({ name: 'a b' })], '0.name', 'APPLICATION_COMMAND_INVALID_NAME'],
  ['a name over 32', [command({ name: 'x'.repeat(33) })], '0.name', 'BASE_TYPE_BAD_LENGTH'],
  ['no description', [{ name: 'draw' }], '0.description', 'BASE_TYPE_REQUIRED'],
  ['a description over 100', [command({ description: 'x'.repeat(101) })], '0.description', 'BASE_TYPE_BAD_LENGTH'],
  ['a name twice', [command(), command()], '1.name', 'APPLICATION_COMMANDS_DUPLICATE_NAME'],
  [
    'a 26th option',
    [command({ options: Array.from({ length: 26 }, (_, n) => option(`o${n}`)) })],
    '0.options',
    'BASE_TYPE_MAX_LENGTH',
  ],
  [
    'required after optional',
    [command({ options: [option('a'), option('b', { required: true })] })],
    '0.options.1',
    'APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID',
  ],
  [
    'a 26th choice',
    [
      command({
        options: [option('a', { choices: Array.from({ length: 26 }, (_, n) => ({ name: `${n}`, value: `${n}` })) })],
      }),
    ],
    '0.options.0.choices',
    'BASE_TYPE_MAX_LENGTH',
  ],
  [
    'autocomplete with choices',
    [command({ options: [option('a', { autocomplete: true, choices: [{ name: 'x', value: 'x' }] })] })],
    '0.options.0.choices',
    'APPLICATION_COMMAND_AUTOCOMPLETE_CHOICES',
  ],
  [
    'a choice of the wrong type',
    [command({ options: [option('a', { type: 4, choices: [{ name: 'x', value: 'x' }] })] })],
    '0.options.0.choices.0.value',
    'NUMBER_TYPE_COERCE',
  ],
  [
    'an unknown option type',
    [command({ options: [option('a', { type: 12 })] })],
    '0.options.0.type',
    'BASE_TYPE_CHOICES',
  ],
  [
    'an unknown locale',
    [command({ description_localizations: { 'de-DE': 'x' } })],
    '0.description_localizations.de-DE',
    'BASE_TYPE_CHOICES',
  ],
  [
    'a length limit on a number',
    [command({ options: [option('a', { type: 4, max_length: 5 })] })],
    '0.options.0',
    'APPLICATION_COMMAND_OPTIONS_MIN_MAX_LENGTH_INVALID',
  ],
];
