import type { Browser } from 'playwright-core';
import { readMarkdown } from '../../bots/discord/read-markdown.ts';
import type { Easel } from './easel.ts';

/** A message of Easel as a person sees it. */
export type Seen = { id: string; text: string; buttons: string[]; pictures: number };

/** Someone who uses Easel through one platform. */
export type Person = {
  platform: string;
  /** Types a command; the required text comes first, as it is typed where there are no forms. */
  say(command: string, input?: Record<string, string | number>): Promise<void>;
  /** Easel's messages that are there now, oldest first; short notes after a press count as messages. */
  seen(): Promise<Seen[]>;
  press(messageId: string, label: string): Promise<void>;
  close(): Promise<void>;
};

export async function discordPerson({ discord }: Pick<Easel, 'discord'>): Promise<Person> {
  const user = discord.user({ username: 'ada', locale: 'en-US' });
  const place = { channel: discord.guildChannel({}) };
  const visible = () => user.sees(place).filter(({ loading }) => !loading);
  return {
    platform: 'discord',
    say: async (command, input = {}) => void (await user.command(command, input, place)),
    seen: async () =>
      visible().map((message) => ({
        id: message.id,
        text: readMarkdown(message.content).text,
        buttons: message.buttons.map(({ label }) => label),
        pictures: message.attachments.length,
      })),
    async press(messageId, label) {
      const message = visible().find(({ id }) => id === messageId);
      if (!message) throw new Error('No such message');
      await user.click(message, label);
    },
    close: async () => {},
  };
}

export async function telegramPerson({ telegram }: Pick<Easel, 'telegram'>): Promise<Person> {
  const user = telegram.user({ id: 4711, first_name: 'Ada', language_code: 'en' });
  const chat = telegram.privateChat({ id: 4711, first_name: 'Ada', language_code: 'en' });
  const notices: Seen[] = [];
  const fromBot = () => chat.messages.filter(({ fromBot: mine }) => mine);
  return {
    platform: 'telegram',
    say: async (command, input = {}) => void (await user.send(chat, line(command, input))),
    seen: async () => [
      ...fromBot().map((message) => ({
        id: String(message.id),
        text: message.text,
        buttons: message.keyboard.flat().map(({ text }) => text),
        pictures: message.photo ? 1 : 0,
      })),
      ...notices,
    ],
    async press(messageId, label) {
      const message = fromBot().find(({ id }) => String(id) === messageId);
      if (!message) throw new Error('No such message');
      const { id, answer } = await user.press(message, label);
      void answer.then(({ text }) => text && notices.push({ id, text, buttons: [], pictures: 0 }));
    },
    close: async () => {},
  };
}

/** In a real browser, as a guest who has just come to the page. */
export async function webPerson({ url }: Pick<Easel, 'url'>, browser: Browser): Promise<Person> {
  const page = await browser.newPage({ locale: 'en-US' });
  await page.goto(url);
  return {
    platform: 'web',
    async say(command, input = {}) {
      await page.getByRole('combobox').or(page.getByRole('textbox')).first().fill(line(command, input));
      await page.keyboard.press('Enter');
    },
    seen: () =>
      page.locator('article.easel').evaluateAll((articles) =>
        articles.map((article) => ({
          id: article.id,
          text: (article.querySelector('.text') as HTMLElement | null)?.textContent ?? '',
          buttons: [...article.querySelectorAll('button')].map((button) => button.textContent ?? ''),
          pictures: [...article.querySelectorAll('img')].filter((image) => image.complete && image.naturalWidth > 0)
            .length,
        })),
      ),
    press: (messageId, label) => page.locator(`[id="${messageId}"]`).getByRole('button', { name: label }).click(),
    close: () => page.close(),
  };
}

/** `/imagine a red fox --seed 7` */
function line(command: string, input: Record<string, string | number>): string {
  const [first, ...rest] = Object.entries(input);
  const options = rest.map(([name, value]) => ` --${name} ${value}`);
  return `/${command}${first ? ` ${first[1]}` : ''}${options.join('')}`;
}
