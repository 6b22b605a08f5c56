import { randomUUID } from 'node:crypto';
import sharp from 'sharp';
import type { ReplyTo } from '../core/index.ts';
import type { ActionButton, ActionName, Reply, ReplyImage, Surface } from './chat.ts';
import type { FakeDispatch } from './fake-dispatch.ts';

/** `shared`: others read along, as in a server's channel or a group. */
export type Place = 'private' | 'shared';

/** A message of the bot as someone's eyes and ears get it. */
export type SeenMessage = {
  /** The same for as long as it is the same message, edits included. */
  id: string;
  /** What is read, markup already turned into looks; a caption counts. Without zero-width characters. */
  text: string;
  /** Whom the platform would notify because of this message's text. */
  mentions: string[];
  /** Where a tap on the text leads. */
  links: string[];
  /** `alt` is what a screen reader says: the alt field, or the caption where a platform has none. */
  images: { alt: string }[];
  buttons: string[];
  /** Where its buttons lead that open a page. */
  leads: string[];
};

export type SurfaceHarness = {
  /** Started, with the dispatch that was given. */
  surface: Surface;
  /** Where people can ask; the first one is used unless a test needs another. */
  places: readonly Place[];
  /** UTF-16 units a message may show. */
  textLimit: number;
  /** A person sends `/imagine` with this prompt. */
  ask(place: Place, prompt: string): Promise<void>;
  /** Messages of the bot that are there now for them, in any place, oldest first. The bystander is in the shared place only. */
  seen(viewer: 'asker' | 'bystander'): Promise<SeenMessage[]>;
  /** The asker presses a button by its label. */
  press(messageId: string, label: string): Promise<void>;
  /** Short private notes that answered the asker's presses. */
  notices(): Promise<string[]>;
  /** Makes every way to the asker and the place they asked in fail for good; absent where that cannot happen. */
  shutOut?: () => Promise<void>;
  close(): Promise<void>;
};

/** What the harness is made with; `attachReply` goes into the core that the surface gets. */
export type ContractParts = {
  dispatch: FakeDispatch;
  attachReply(generationId: string, replyTo: ReplyTo): Promise<void>;
};

/** What would look or act otherwise if it were not shown as it was typed. */
export const hostile = [
  '*bold* _it_ **x** __u__ ~~s~~ ||spoiler|| `code`',
  '```js\nblock\n```',
  '# Title\n> quote\n- item\n1. item',
  '[tap](https://evil.example) <https://evil.example>',
  '<b>not bold</b> <script>alert(1)</script> &amp; &lt;',
  '@everyone @here <@123456789012345678> <@&123456789012345678> <#123456789012345678>',
  '@some_person_here tg://user?id=123456789',
  '<:emoji:123456789012345678> <t:1700000000:R> </imagine:123456789012345678>',
  'back\\slash \\*kept\\*',
];

export const said = (html: string): Reply => ({ html, private: false });
export const result = (images: ReplyImage[]): Reply => ({
  html: 'Here it is',
  private: false,
  images,
  buttons: [[button('again')]],
});
export const button = (action: ActionName): ActionButton => ({ action, id: randomUUID(), style: 'secondary' });

export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** A reply image of a real, small PNG. */
export async function picture(alt: string): Promise<ReplyImage> {
  const background = { r: 200, g: 80, b: 30 };
  const png = await sharp({ create: { width: 64, height: 48, channels: 3, background } })
    .png()
    .toBuffer();
  return {
    id: randomUUID(),
    fileName: 'fox.png',
    contentType: 'image/png',
    width: 64,
    height: 48,
    placeholder: '3OcRJYB4d3h/iIeHeEh3eIhw+j2w',
    alt,
    bytes: async () => new Uint8Array(png),
  };
}
