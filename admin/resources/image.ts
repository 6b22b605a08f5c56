import type { BaseRecord } from 'adminjs';
import { decideOn } from '../deeds/pictures/decide.ts';
import type { AdminCore } from '../index.ts';
import { newestFirst, type PanelResource, readOnly } from './definition.ts';

const isHidden = (record: BaseRecord) => !!record.param('hiddenAt');

export function describeImages({ core }: { core: AdminCore }): PanelResource {
  return {
    model: 'Image',
    withheld: ['placeholder'],
    options: {
      navigation: { name: 'work', icon: 'Image' },
      listProperties: ['id', 'generation', 'account', 'visibility', 'hiddenAt', 'createdAt', 'deletedAt'],
      filterProperties: ['account', 'generation', 'visibility', 'hiddenAt', 'createdAt', 'deletedAt', 'sha256'],
      // The picture itself: small in the list, large in its record.
      properties: { id: { isTitle: true, components: { list: 'Thumbnail', show: 'Picture' } } },
      sort: newestFirst,
      actions: {
        ...readOnly,
        grid: {
          ...{ actionType: 'resource', component: 'PictureGrid', icon: 'Grid', showInDrawer: false },
          // The page asks for the list itself.
          handler: async () => ({}),
        },
        hide: decideOn(core, {
          ...{ name: 'hide', decision: 'hide', icon: 'EyeOff', danger: true },
          isVisible: (record) => !isHidden(record),
        }),
        keep: decideOn(core, { name: 'keep', decision: 'keep', icon: 'Eye', isVisible: isHidden }),
        remove: decideOn(core, {
          ...{ name: 'remove', decision: 'delete', icon: 'Trash2', danger: true },
          isVisible: () => true,
        }),
      },
    },
  };
}
