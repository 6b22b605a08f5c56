import type { StoredFile } from '../files.ts';
import { presentChat, presentUser } from '../present.ts';
import type { Method, Service } from './service.ts';

/** The methods that only tell: about the bot, chats and files. */
export function createDescribeMethods(service: Service): Record<string, Method> {
  const { world, files } = service;
  return {
    getMe: () => ({
      result: {
        ...presentUser(world.bot, true),
        can_join_groups: true,
        can_read_all_group_messages: service.readsAllGroupMessages,
        supports_inline_queries: false,
        can_connect_to_business: false,
        has_main_web_app: false,
      },
    }),
    getChat(parameters) {
      const chat = world.findChat(parameters.text('chat_id'), false);
      const gifts = {
        unlimited_gifts: true,
        limited_gifts: true,
        unique_gifts: true,
        premium_subscription: true,
        gifts_from_channels: true,
      };
      return {
        result: {
          ...presentChat(chat),
          accent_color_id: 0,
          max_reaction_count: 11,
          accepted_gift_types: gifts,
        },
      };
    },
    async getFile(parameters) {
      return {
        result: await describeFile(files.find(parameters.text('file_id'))),
      };
    },
  };
}

async function describeFile(file: StoredFile): Promise<Record<string, unknown>> {
  const size = (await file.content()).length;
  return {
    file_id: file.id,
    file_unique_id: file.uniqueId,
    file_size: size,
    file_path: file.path,
  };
}
