import { type PanelResource, readOnly } from './definition.ts';

/** What operators did; it can only be added to. */
export function describeAuditEntries(): PanelResource {
  return {
    model: 'AuditEntry',
    withheld: [],
    options: {
      navigation: { name: 'service', icon: 'Tool' },
      listProperties: ['createdAt', 'actorName', 'action', 'subjectType', 'subjectId', 'reason'],
      showProperties: [
        'createdAt',
        'actorName',
        'action',
        'subjectType',
        'subjectId',
        'accountId',
        'before',
        'after',
        'reason',
        'id',
      ],
      filterProperties: ['createdAt', 'actorName', 'action', 'subjectType', 'subjectId', 'accountId'],
      properties: { action: { isTitle: true } },
      sort: { sortBy: 'id', direction: 'desc' },
      actions: readOnly,
    },
  };
}
