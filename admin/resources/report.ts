import type { AdminCore } from '../index.ts';
import { newestFirst, type PanelResource, readOnly } from './definition.ts';

/** Cases that the review page is given at once; it asks again when they are decided. */
const casesAtOnce = 50;

/** Pictures that somebody should look at, and the page to decide about them one after the other. Viewers only see it. */
export function describeReports({ core }: { core: AdminCore }): PanelResource {
  return {
    model: 'Report',
    withheld: [],
    options: {
      navigation: { name: 'work', icon: 'Image' },
      listProperties: ['createdAt', 'source', 'reason', 'image', 'state', 'decidedAt'],
      filterProperties: ['source', 'state', 'image', 'accountId', 'decidedBy', 'createdAt'],
      properties: {
        image: { components: { list: 'PictureLink', show: 'PictureLinkShown' } },
        // Kept without a reference, so that they outlive the account.
        accountId: { reference: 'Account' },
        decidedBy: { reference: 'Account' },
      },
      sort: newestFirst,
      actions: {
        ...readOnly,
        review: {
          ...{ actionType: 'resource', component: 'Review', icon: 'CheckSquare', showInDrawer: false },
          handler: async () => core.moderation.queue(casesAtOnce),
        },
      },
    },
  };
}
