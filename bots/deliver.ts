import type { Core, GenerationWithImages, PendingDelivery, ReplyTo } from '../core/index.ts';
import { attempt } from './attempt.ts';
import type { Surface } from './chat.ts';
import { startNotifying } from './notify.ts';
import { progressReply, resultReply } from './results.ts';

/** How long a surface may take to tell where its message is, before the result goes out without. */
const attachGraceMs = 5_000;
const waitingEveryMs = 4_000;

/**
 * Brings results, progress and notices to one surface. Results come from the delivery queue and are retried;
 * progress is news, edited sparsely, and dropped when anything speaks against it.
 */
export async function startDelivering({ core, surface }: { core: Core; surface: Surface }): Promise<{ stop(): void }> {
  const { platform } = surface;

  core.deliveries.consume(platform, async (delivery) => {
    const replyTo = delivery.generation.replyTo as ReplyTo;
    // A drawing can be faster than the message that announces it.
    if (isTooEarly(replyTo, delivery)) return { retryAfterMs: 300, error: 'the reply is not there yet' };
    return attempt(core, { platform, generation: delivery.generationId }, async () => {
      const reply = await resultReply(core, delivery.generation.locale, delivery.generation);
      return surface.deliver(replyTo, reply, delivery.id);
    });
  });
  startNotifying({ core, surface });

  async function show(generation: GenerationWithImages): Promise<void> {
    const replyTo = generation.replyTo as ReplyTo | null;
    if (replyTo?.platform !== platform || !replyTo.attached || generation.finishedAt) return;
    if (!(await core.claimTurn(`progress:${generation.id}`, surface.progressEveryMs))) return;
    await surface.showProgress(replyTo, await progressReply(core, generation.locale, generation));
  }

  const drop = (error: Error) => core.log.debug({ err: error.message, platform }, 'progress was not shown');
  const unsubscribe = await core.events.subscribe('generation', (payload) => {
    const { id } = payload as { id: string };
    core.generations
      .find(id)
      .then((generation) => generation && show(generation))
      .catch(drop);
  });
  const timer = setInterval(() => {
    core.generations
      .waitingOn(platform, 50)
      .then((waiting) => Promise.all(waiting.map(show)))
      .catch(drop);
  }, waitingEveryMs);

  return {
    stop() {
      clearInterval(timer);
      unsubscribe();
    },
  };
}

function isTooEarly(replyTo: ReplyTo, delivery: PendingDelivery): boolean {
  return !replyTo.attached && delivery.attempts < 30 && Date.now() - delivery.createdAt.getTime() < attachGraceMs;
}
