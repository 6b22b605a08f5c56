import type { Surface } from '../bots/chat.ts';
import type { Core, Role } from '../core/index.ts';

/** What is running; `url` is where the browser finds it, null without a web or admin role. */
export type Running = { url: string | null; stop(): Promise<void> };

/**
 * Starts the roles in one process. Each loads its own packages only when it is asked for: all of them
 * take twice the memory of one.
 */
export async function startRoles({ core, roles }: { core: Core; roles: readonly Role[] }): Promise<Running> {
  const has = (role: Role) => roles.includes(role);
  const surfaces: Surface[] = [];
  const mounts: import('../web/index.ts').Mount[] = [];
  /** What answers outside of the HTTP exchange that brought it, and must end with it. */
  const answering: { stop(): Promise<void> }[] = [];
  const { settings } = core;
  const dispatch = has('web') || has('discord') || has('telegram') ? await openDispatch(core) : null;

  if (has('worker')) core.startWorker();
  if (has('discord') && dispatch && settings.discord.on) {
    surfaces.push((await import('../bots/discord/index.ts')).createDiscord({ core, dispatch }));
  }
  if (has('telegram') && dispatch && settings.telegram.on) {
    surfaces.push((await import('../bots/telegram/index.ts')).createTelegram({ core, dispatch }));
  }
  if (has('web') && dispatch) {
    if (settings.discord.on && settings.discord.publicKey) {
      const { createDiscordInteractions } = await import('../bots/discord/index.ts');
      const handler = createDiscordInteractions({ core, dispatch });
      mounts.push({ path: '/webhooks/discord', handler });
      answering.push(handler);
    }
    if (settings.telegram.on && settings.telegram.mode === 'webhook') {
      const { createTelegramWebhook } = await import('../bots/telegram/index.ts');
      const handler = createTelegramWebhook({ core, dispatch });
      mounts.push({ path: '/webhooks/telegram', handler });
      answering.push(handler);
    }
    const { createV1 } = await import('../web/v1/index.ts');
    mounts.push({ path: '/', handler: createV1({ core }) });
    const { createBillingPages } = await import('../web/billing/index.ts');
    mounts.push({ path: '/', handler: createBillingPages({ core }) });
    const webchat = (await import('../bots/webchat/index.ts')).createWebchat({ core, dispatch });
    mounts.push({ path: '/', handler: webchat.router });
    surfaces.push(webchat);
  }
  if (has('admin')) {
    const [{ createAdmin }, { createSignIn }] = await Promise.all([
      import('../admin/index.ts'),
      import('../web/sign-in/index.ts'),
    ]);
    const { router, guard } = createSignIn({ core });
    mounts.unshift({ path: '/', handler: router }, { path: '/admin', handler: createAdmin({ core, guard }) });
  }
  const web = mounts.length ? (await import('../web/index.ts')).createWeb({ core, mounts }) : null;
  await web?.start();
  const delivering = await startSurfaces(core, surfaces);
  const leave = await core.presence.keep(roles);
  return {
    url: web?.url ?? null,
    async stop() {
      await leave();
      for (const each of delivering) each.stop();
      await Promise.all(surfaces.map((surface) => surface.stop()));
      await web?.stop();
      await Promise.all(answering.map((each) => each.stop()));
    },
  };
}

async function openDispatch(core: Core) {
  const [{ createDispatch }, { commands, actions }] = await Promise.all([
    import('../bots/dispatch.ts'),
    import('../bots/commands/index.ts'),
  ]);
  return createDispatch({ core, commands, actions });
}

async function startSurfaces(core: Core, surfaces: readonly Surface[]) {
  if (!surfaces.length) return [];
  const { startDelivering } = await import('../bots/deliver.ts');
  return Promise.all(
    surfaces.map(async (surface) => {
      await surface.start();
      return startDelivering({ core, surface });
    }),
  );
}
