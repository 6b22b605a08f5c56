import { type PanelResource, readOnly } from './definition.ts';

/** What operators did, and how it ended; it can only be added to. */
export function describeAuditEntries(): PanelResource {
  return {
    model: 'AuditEntry',
    withheld: [],
    options: {
      navigation: { name: 'service', icon: 'Tool' },
      listProperties: ['createdAt', 'actorName', 'action', 'subjectType', 'subjectId', 'reason', 'after'],
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
      properties: {
        action: { isTitle: true },
        after: { components: { list: 'DeedOutcome', show: 'DeedEnd' } },
        subjectId: { components: { list: 'DeedSubject', show: 'DeedSubject' } },
        accountId: { components: { show: 'DeedSubject' } },
      },
      sort: { sortBy: 'id', direction: 'desc' },
      actions: readOnly,
    },
  };
}
