import {
  type APIActionRowComponent,
  type APIAttachment,
  type APIButtonComponent,
  ButtonStyle,
  ComponentType,
  MessageFlags,
  type RawFile,
} from 'discord.js';
import type { Core } from '../../core/index.ts';
import type { Button, Dispatch, Reply, ReplyImage } from '../chat.ts';
import { unfoldLinks } from '../links.ts';
import { contentLimit, renderMarkdown } from './markup.ts';

/** What a message holds, for answers, edits and messages to channels alike. */
export type MessageBody = {
  content: string;
  components: APIActionRowComponent<APIButtonComponent>[];
  /** Left out, an edit keeps the files that are there. */
  attachments?: Pick<APIAttachment, 'id' | 'filename' | 'description'>[];
  allowed_mentions: { parse: [] };
  flags: number;
};

export type EncodeOptions = {
  locale: string;
  attachmentLimit: number;
  /** Seen by the asker alone; only a new message can be told. */
  ephemeral?: boolean;
  /** Markdown of our own that is put in front and never cut. */
  lead?: string;
};

export type MessageEncoder = ReturnType<typeof createMessageEncoder>;

/** Turns replies into Discord's messages: nobody is ever notified by their text and no link is previewed. */
export function createMessageEncoder({
  core,
  dispatch,
}: {
  core: Pick<Core, 'words' | 'settings'>;
  dispatch: Pick<Dispatch, 'button'>;
}) {
  /** Images above the limit are left out, and the text says where they are. */
  async function encode(
    reply: Reply,
    options: EncodeOptions,
  ): Promise<{ body: MessageBody & Required<Pick<MessageBody, 'attachments'>>; files: RawFile[] }> {
    const images = reply.images ?? [];
    const files = await Promise.all(images.map(readFile));
    const fitting = files.filter((file) => (file.data as Uint8Array).byteLength <= options.attachmentLimit);
    const html =
      fitting.length < files.length
        ? `${reply.html}\n${sayTooLarge(options.locale, files.length - fitting.length)}`
        : reply.html;
    const attachments = fitting.map((file, index) => ({
      id: String(index),
      filename: file.name,
      description: cut((images[files.indexOf(file)] as ReplyImage).alt, 1024),
    }));
    return { body: { ...encodeText({ ...reply, html }, options), attachments }, files: fitting };
  }

  /** The reply without its images; an edit with it keeps the files that the message has. */
  function encodeText(reply: Reply, { locale, ephemeral, lead = '' }: EncodeOptions): MessageBody {
    const { html, buttons = [] } = unfoldLinks(reply, locale, {
      dispatch,
      fits: ({ length }) => length <= longestLink,
    });
    return {
      content: `${lead}${renderMarkdown(html, contentLimit - lead.length)}`,
      components: buttons.filter((row) => row.length > 0).map((row) => encodeRow(locale, row)),
      allowed_mentions: { parse: [] },
      flags: MessageFlags.SuppressEmbeds | (ephemeral ? MessageFlags.Ephemeral : 0),
    };
  }

  function encodeRow(locale: string, row: readonly Button[]): APIActionRowComponent<APIButtonComponent> {
    return {
      type: ComponentType.ActionRow,
      components: row.map((button) => {
        const shown = dispatch.button(locale, button);
        const common = { type: ComponentType.Button, label: cut(shown.label, 80) } as const;
        if ('href' in shown) return { ...common, style: ButtonStyle.Link, url: shown.href };
        const style = 'style' in button ? buttonStyles[button.style] : ButtonStyle.Secondary;
        return { ...common, style, custom_id: shown.data };
      }),
    };
  }

  function sayTooLarge(locale: string, count: number): string {
    return core.words.html(locale, 'surfaces.discord.too_large', { count, url: core.settings.publicUrl });
  }

  return { encode, encodeText };
}

/** What Discord takes as a button's address; those of payment pages can be longer. */
const longestLink = 512;

const buttonStyles = {
  primary: ButtonStyle.Primary,
  secondary: ButtonStyle.Secondary,
  danger: ButtonStyle.Danger,
} as const;

async function readFile(image: ReplyImage): Promise<RawFile> {
  return {
    name: cleanFileName(image.fileName),
    data: Buffer.from(await image.bytes()),
    contentType: image.contentType,
  };
}

/** Discord drops what it does not like in a name, and hides a file whose name begins with `SPOILER_`. */
function cleanFileName(name: string): string {
  const clean = name.replace(/[^\w.-]+/g, '_').replace(/^(?:SPOILER_|\.)+/, '');
  return clean.slice(-100) || 'image';
}

function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const characters = Array.from(text.slice(0, limit - 1));
  if (!(characters.at(-1) ?? '').isWellFormed()) characters.pop();
  return `${characters.join('')}…`;
}
