import type { Core } from '../core/index.ts';
import { attempt } from './attempt.ts';
import type { Surface } from './chat.ts';

/** Brings what no command asked for to one surface, from the queue of notices, which tries again. */
export function startNotifying({ core, surface }: { core: Pick<Core, 'notices' | 'words' | 'log'>; surface: Surface }) {
  const { platform } = surface;
  core.notices.consume(platform, ({ id, platformUserId, replyTo, locale, key, values }) =>
    attempt(core, { platform, notice: id }, async () => {
      const html = core.words.html(locale, `notices.${key}`, values);
      return surface.notify({ userId: platformUserId, replyTo, locale }, { html, private: true }, id);
    }),
  );
}
