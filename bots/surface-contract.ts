import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ReplyTo } from '../core/index.ts';
import { DeliveryError, type Inbound, type Recipient, type Reply } from './chat.ts';
import { createFakeDispatch, type FakeDispatch } from './fake-dispatch.ts';
import {
  button,
  type ContractParts,
  escapeHtml,
  hostile,
  type Place,
  picture,
  result,
  type SeenMessage,
  type SurfaceHarness,
  said,
} from './surface-harness.ts';

/** What every chat platform must do, whatever it looks like. Each adapter's test file calls it. */
export function surfaceContract(name: string, makeHarness: (parts: ContractParts) => Promise<SurfaceHarness>): void {
  describe(`${name} keeps the surface contract`, () => {
    let harness: SurfaceHarness;
    let dispatch: FakeDispatch;
    let attached: Map<string, ReplyTo>;

    beforeEach(async () => {
      dispatch = createFakeDispatch();
      attached = new Map();
      harness = await makeHarness({
        dispatch,
        attachReply: async (generationId, replyTo) => {
          // What comes back later has been through Postgres.
          attached.set(generationId, JSON.parse(JSON.stringify(replyTo)));
        },
      });
    });
    afterEach(() => harness.close());

    const place = () => harness.places[0] as Place;
    const seenBy = async (viewer: 'asker' | 'bystander', count: number) => {
      await vi.waitFor(async () => expect((await harness.seen(viewer)).length).toBeGreaterThanOrEqual(count), waiting);
      const messages = await harness.seen(viewer);
      expect(messages).toHaveLength(count);
      return messages;
    };
    const askAndSee = async (reply: Reply, where = place()) => {
      dispatch.answer(reply);
      await harness.ask(where, 'a red fox');
      return (await seenBy('asker', 1))[0] as SeenMessage;
    };
    /** Asks, and gives the address of the answer as it was kept for later. */
    const askToFollow = async (where = place()) => {
      const follow = randomUUID();
      const first = await askAndSee({ html: 'Drawing', private: false, follow }, where);
      const replyTo = await vi.waitFor(() => {
        const found = attached.get(follow);
        expect(found).toBeDefined();
        return found as ReplyTo;
      }, waiting);
      return { first, replyTo };
    };
    /** The address of a question whose answer never got a message of its own. */
    const unanswered = async () => {
      await askAndSee(said('Hello'));
      return JSON.parse(JSON.stringify(dispatch.inbounds[0]?.replyTo)) as ReplyTo;
    };

    it('hands a command to dispatch and shows the reply', async () => {
      const message = await askAndSee(said('Here <b>you</b> are\n<i>done</i> <code>id</code>'));
      expect(message.text).toBe('Here you are\ndone id');
      expect(dispatch.inbounds).toHaveLength(1);
      const inbound = dispatch.inbounds[0];
      expect(inbound?.platform).toBe(harness.surface.platform);
      expect(inbound?.replyTo.platform).toBe(harness.surface.platform);
      expect(inbound?.action).toMatchObject({ type: 'command', name: 'imagine', input: { prompt: 'a red fox' } });
      expect(inbound?.userId).not.toBe('');
      expect(inbound?.requestId).not.toBe('');
    });

    it('gives every question its own request id', async () => {
      dispatch.answer(said('Hello'));
      await harness.ask(place(), 'one');
      await harness.ask(place(), 'two');
      await seenBy('asker', 2);
      expect(new Set(dispatch.inbounds.map((inbound) => inbound.requestId)).size).toBe(2);
    });

    it.each(hostile)('shows what people wrote as they wrote it: %s', async (text) => {
      const message = await askAndSee(said(escapeHtml(text)));
      expect(message.text).toBe(text);
      expect(message.mentions).toEqual([]);
    });

    it('makes links of links only', async () => {
      const message = await askAndSee(
        said('<a href="https://easel.example/a?b=1&amp;c=2">here</a> [not](https://evil.example)'),
      );
      expect(message.text).toBe('here [not](https://evil.example)');
      expect(message.links.filter((link) => !link.startsWith('https://evil.example'))).toEqual([
        'https://easel.example/a?b=1&c=2',
      ]);
    });

    it('shows a private reply to the asker alone', async (test) => {
      if (!harness.places.includes('shared')) test.skip('everyone is alone here');
      const message = await askAndSee({ html: 'Your balance is 3', private: true }, 'shared');
      expect(message.text).toContain('Your balance is 3');
      expect(await harness.seen('bystander')).toEqual([]);
    });

    it('shows a public reply to all who are there', async (test) => {
      if (!harness.places.includes('shared')) test.skip('everyone is alone here');
      await askAndSee(said('For all'), 'shared');
      expect((await seenBy('bystander', 1))[0]?.text).toBe('For all');
    });

    it('shows progress and then the result in one and the same message', async () => {
      const { first, replyTo } = await askToFollow();
      await harness.surface.showProgress(replyTo, { html: 'Half way', private: false, buttons: [[button('cancel')]] });
      const running = (await seenBy('asker', 1))[0] as SeenMessage;
      expect(running).toMatchObject({ id: first.id, text: 'Half way', buttons: [expect.stringContaining('cancel')] });
      await harness.surface.deliver(replyTo, result([await picture('A red fox')]), 'delivery-1');
      const done = (await seenBy('asker', 1))[0] as SeenMessage;
      expect(done.id).toBe(first.id);
      expect(done.images).toHaveLength(1);
      expect(done.buttons).toHaveLength(1);
    });

    it('ends a question that failed in its message too', async () => {
      const { first, replyTo } = await askToFollow();
      await harness.surface.deliver(replyTo, said('It did not work'), 'delivery-1');
      expect((await seenBy('asker', 1))[0]).toMatchObject({ id: first.id, text: 'It did not work', images: [] });
    });

    it('shows a delivery once, however often it is brought', async () => {
      const { replyTo } = await askToFollow();
      const reply = result([await picture('A red fox')]);
      await harness.surface.deliver(replyTo, reply, 'delivery-1');
      const before = await harness.seen('asker');
      await harness.surface.deliver(replyTo, reply, 'delivery-1');
      expect(await harness.seen('asker')).toEqual(before);
    });

    it('shows a delivery of several images once, and all of them', async () => {
      const { replyTo } = await askToFollow();
      const reply = result([await picture('One'), await picture('Two'), await picture('Three')]);
      await harness.surface.deliver(replyTo, reply, 'delivery-1');
      const before = await harness.seen('asker');
      expect(before.flatMap((message) => message.images)).toHaveLength(3);
      await harness.surface.deliver(replyTo, reply, 'delivery-1');
      expect(await harness.seen('asker')).toEqual(before);
    });

    it('brings a result once where no message waits for it', async () => {
      const replyTo = await unanswered();
      const reply = result([await picture('A red fox')]);
      await harness.surface.deliver(replyTo, reply, 'delivery-1');
      await harness.surface.deliver(replyTo, reply, 'delivery-1');
      const images = (await harness.seen('asker')).flatMap((message) => message.images);
      expect(images).toHaveLength(1);
    });

    /** Someone who has used the bot, in the place where others see it too if there is one. */
    const acquaint = async () => {
      await askAndSee(said('Hello'), harness.places.includes('shared') ? 'shared' : place());
      const { userId, replyTo } = dispatch.inbounds[0] as Inbound;
      return { userId, locale: 'en', replyTo: JSON.parse(JSON.stringify(replyTo)) as ReplyTo };
    };
    const addresses: [string, (to: Recipient) => Recipient][] = [
      ['without an address', (to) => ({ ...to, replyTo: null })],
      ['by the address of what they asked', (to) => to],
    ];
    const news = (messages: SeenMessage[]) => messages.map(({ text }) => text).filter((text) => text !== 'Hello');
    const payment = { html: 'Your <b>payment</b> is in', private: true };

    it.for(addresses)('tells someone what they did not ask for, %s, and them alone', async ([, address]) => {
      const to = address(await acquaint());
      const before = await harness.seen('bystander');
      await harness.surface.notify(to, payment, 'notice-1');
      expect(news(await seenBy('asker', 2))).toEqual(['Your payment is in']);
      if (harness.places.includes('shared')) expect(await harness.seen('bystander')).toEqual(before);
    });

    it.for(addresses)('tells it once, %s, and the next thing too', async ([, address]) => {
      const to = address(await acquaint());
      await harness.surface.notify(to, payment, 'notice-1');
      await harness.surface.notify(to, payment, 'notice-1');
      await harness.surface.notify(to, { html: 'Your plan ends', private: true }, 'notice-2');
      await harness.surface.notify(to, payment, 'notice-1');
      expect(news(await seenBy('asker', 3))).toEqual(['Your payment is in', 'Your plan ends']);
    });

    it.for(addresses)('says so when someone cannot be told, %s', async ([, address], test) => {
      if (!harness.shutOut) test.skip('the conversation is always there');
      const to = address(await acquaint());
      await harness.shutOut?.();
      const fault = await harness.surface.notify(to, payment, 'notice-1').catch((error: unknown) => error);
      expect(fault).toBeInstanceOf(DeliveryError);
      expect((fault as DeliveryError).unreachable).toBe(true);
    });

    it('describes every image to those who cannot see it', async () => {
      const { replyTo } = await askToFollow();
      await harness.surface.deliver(
        replyTo,
        result([await picture('A fox, <red> & "sly"'), await picture('An owl')]),
        'delivery-1',
      );
      const images = (await harness.seen('asker')).flatMap((message) => message.images);
      expect(images[0]?.alt).toContain('A fox, <red> & "sly"');
      expect(images[1]?.alt).toContain('An owl');
    });

    it.each(['🦊', 'e\u0301', 'x', '&'])(
      'cuts a text that is too long between whole characters: %s',
      async (character) => {
        const message = await askAndSee(said(`<b>${escapeHtml(character.repeat(6_000))}</b>`));
        expect(message.text.length).toBeLessThanOrEqual(harness.textLimit);
        expect(message.text.length).toBeGreaterThan(1_000);
        expect(message.text.isWellFormed()).toBe(true);
        expect(message.text.replaceAll(character, '')).toMatch(/^…?$/);
      },
    );

    it('brings a pressed button back through dispatch with what was signed', async () => {
      const pressed = button('again');
      const message = await askAndSee({ html: 'Again?', private: false, buttons: [[pressed]] });
      dispatch.answer({ html: 'Started over', private: true, mode: 'notice' });
      await harness.press(message.id, message.buttons[0] as string);
      await vi.waitFor(async () => expect(await harness.notices()).toEqual(['Started over']), waiting);
      const inbound = dispatch.inbounds[1];
      expect(inbound?.userId).toBe(dispatch.inbounds[0]?.userId);
      expect(inbound?.requestId).not.toBe(dispatch.inbounds[0]?.requestId);
      if (inbound?.action.type !== 'button') throw new Error('A press arrives as a button');
      expect(dispatch.readButton(inbound.action.data)).toEqual({ action: 'again', id: pressed.id });
    });

    it('puts an answer in place of the message whose button was pressed', async () => {
      const message = await askAndSee({ html: 'Delete it?', private: false, buttons: [[button('delete')]] });
      dispatch.answer({ html: 'Deleted', private: false, mode: 'replace' });
      await harness.press(message.id, message.buttons[0] as string);
      await vi.waitFor(async () => {
        expect(await harness.seen('asker')).toMatchObject([{ id: message.id, text: 'Deleted', buttons: [] }]);
      }, waiting);
    });

    it('answers a press with a message of its own', async () => {
      const message = await askAndSee({ html: 'Again?', private: false, buttons: [[button('again')]] });
      dispatch.answer(said('Drawing again'));
      await harness.press(message.id, message.buttons[0] as string);
      const [before, answer] = await seenBy('asker', 2);
      expect(before).toEqual(message);
      expect(answer?.text).toBe('Drawing again');
    });

    it('shows a button that leads to a page on the web, whatever its length', async () => {
      for (const length of [40, 900]) {
        const href = `https://pay.example/c/${'x'.repeat(length)}#fid?a=1&b`;
        dispatch.answer({ html: 'Pay here', private: true, buttons: [[{ href, label: 'pay' }]] });
        await harness.ask('private', 'a page');
        await vi.waitFor(async () => {
          const message = (await harness.seen('asker')).findLast(({ text }) => text.startsWith('Pay here'));
          if (!message) throw new Error('Not there yet');
          expect([...message.leads, ...message.links]).toEqual([href]);
          expect(`${message.text} ${message.buttons}`).toContain('pay (');
        }, waiting);
        if (length === 40) expect((await harness.seen('asker'))[0]?.leads).toEqual([href]);
      }
    });

    it('says so when nobody can be reached any more', async (test) => {
      if (!harness.shutOut) test.skip('the conversation is always there');
      const { replyTo } = await askToFollow();
      await harness.shutOut?.();
      const brought = harness.surface.deliver(replyTo, result([await picture('A red fox')]), 'delivery-1');
      const fault = await brought.then(
        () => null,
        (error: unknown) => error,
      );
      expect(fault).toBeInstanceOf(DeliveryError);
      expect((fault as DeliveryError).unreachable).toBe(true);
    });

    it('drops progress that cannot be shown', async (test) => {
      if (!harness.shutOut) test.skip('the conversation is always there');
      const { replyTo } = await askToFollow();
      await harness.shutOut?.();
      await harness.surface.showProgress(replyTo, said('Half way'));
    });
  });
}

const waiting = { timeout: 5_000, interval: 10 };
