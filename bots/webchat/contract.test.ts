import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { expect, vi } from 'vitest';
import { surfaceContract } from '../surface-contract.ts';
import { createFakeBrowser, readLine, serve } from './fake-browser.ts';
import { createFakeCore } from './fake-core.ts';
import { createWebchat } from './index.ts';

surfaceContract('The web chat', async ({ dispatch, attachReply }) => {
  const core = createFakeCore({ attachReply });
  const surface = createWebchat({ core, dispatch });
  await surface.start();
  const server = await serve(surface.router);
  const browser = createFakeBrowser(server.url);
  await browser.request('/');
  await browser.follow();
  const notices: string[] = [];
  /** Everything that was published so far has arrived once a mark that was sent after it has. */
  const shown = async () => {
    await setImmediate();
    const mark = randomUUID();
    const replyTo = { platform: 'web', visitorId: browser.visitorId(), lineId: mark } as const;
    await surface.showProgress(replyTo, { html: '', private: true });
    await vi.waitFor(() => expect(browser.marks).toContain(mark), { interval: 2 });
  };
  return {
    surface,
    places: ['private'],
    textLimit: Number.POSITIVE_INFINITY,
    async ask(_place, prompt) {
      await browser.post('/chat/messages', { text: `/imagine ${prompt}`, id: randomUUID() });
    },
    async seen() {
      await shown();
      return browser
        .lines()
        .map(({ id, html }) => ({ id, ...readLine(html) }))
        .filter(({ fromBot }) => fromBot)
        .map(({ id, text, links, images, buttons, leads }) => {
          const labels = [...buttons, ...leads].map(({ label }) => label);
          return { id, text, mentions: [], links, images, buttons: labels, leads: leads.map(({ href }) => href) };
        });
    },
    async press(messageId, label) {
      const { html } = browser.lines().find(({ id }) => id === messageId) ?? { html: '' };
      const button = readLine(html).buttons.find((each) => each.label === label);
      const response = await browser.post('/chat/actions', { lineId: messageId, data: button?.data, id: randomUUID() });
      const { notice } = (await response.json()) as { notice: string | null };
      if (notice) notices.push(notice);
    },
    notices: async () => notices,
    async close() {
      browser.close();
      await surface.stop();
      await server.close();
    },
  };
});
