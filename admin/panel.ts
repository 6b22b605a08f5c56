import { buildRoutes } from '@adminjs/express';
import AdminJS, { Router as AdminRouter } from 'adminjs';
import express, { type Router } from 'express';
import type { Account } from '../core/index.ts';
import { serveAssets } from './assets.ts';
import { countToday } from './dashboard.ts';
import type { AdminCore } from './index.ts';
import { hardenPages } from './pages.ts';
import { openResources } from './resources/index.ts';
import { checkRequests } from './rules.ts';
import { createTranslations } from './translations.ts';

/** AdminJS with our resources, rules and words, behind a guard that has said who asks. */
export function createPanel({ core }: { core: AdminCore }): Router {
  const translations = createTranslations(core);
  const admin = new AdminJS({
    rootPath: '/admin',
    loginPath: '/sign-in',
    logoutPath: '/sign-out',
    resources: openResources({ core }),
    dashboard: { component: 'Dashboard', handler: () => countToday(core) },
    locale: (account) => ({ language: core.words.pick(account?.locale), ...translations }),
    branding: {
      companyName: core.words.plain('en', 'panel.title'),
      logo: false,
      favicon: '/admin/assets/easel.svg',
      withMadeWithLove: false,
      // Typed as a record of fonts, used as one.
      theme: { font: 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif' as never },
    },
    settings: { defaultPerPage: 25 },
  });

  const router = express.Router({ caseSensitive: true });
  router.use((request, response, next) => {
    showAdmin(request, response.locals.account);
    next();
  });
  router.use(serveAssets(), checkRequests(admin), hardenPages);
  buildRoutes({ admin, router, routes: AdminRouter.routes.filter(({ action }) => action !== 'bundleComponents') });
  return router;
}

/** Tells AdminJS who asks, where it looks for that; of no concern to what is kept of the session. */
function showAdmin(request: express.Request, { id, email, role, locale }: Account): void {
  const session = (request as { session?: object }).session ?? {};
  const value = { id, email, role, locale, title: role };
  Object.defineProperty(session, 'adminUser', { value, enumerable: false, configurable: true });
  Object.assign(request, { session });
}
