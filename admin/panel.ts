import { buildRouter } from '@adminjs/express';
import { Database } from '@adminjs/prisma';
import AdminJS from 'adminjs';
import express, { type Router } from 'express';
import type { Account } from '../core/index.ts';
import { serveAssets } from './assets.ts';
import { serveOverview } from './dashboard.ts';
import { serveDownloads } from './downloads.ts';
import { serveExports } from './export.ts';
import type { AdminCore } from './index.ts';
import { hardenPages } from './pages.ts';
import { servePictures } from './pictures.ts';
import { Resource } from './prisma-adapter/resource.ts';
import { createBoard } from './queues/board.ts';
import { openResources } from './resources/index.ts';
import { checkRequests } from './rules.ts';
import { createTranslations } from './translations.ts';

AdminJS.registerAdapter({ Database, Resource });

/** AdminJS with our resources, rules and words, behind a guard that has said who asks. */
export function createPanel({ core }: { core: AdminCore }): Router {
  const resources = openResources({ core });
  const models = resources.map(({ resource }) => resource.model);
  const columns = models.flatMap(({ fields }) => fields);
  const translations = createTranslations(core, {
    resources: models.map(({ name }) => name),
    properties: columns.map(({ name }) => name),
    switches: columns.filter(({ type }) => type === 'Boolean').map(({ name }) => name),
  });
  const admin = new AdminJS({
    rootPath: '/admin',
    loginPath: '/sign-in',
    logoutPath: '/sign-out',
    resources,
    dashboard: { component: 'Dashboard' },
    pages: { Queues: { component: 'Queues', icon: 'List' } },
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
    assets: { styles: ['easel', 'panel', 'records', 'pictures'].map((name) => `/admin/assets/${name}.css`) },
  });

  // In production it would bundle components here, of which ours need none.
  admin.initialize = async () => {};

  const router = express.Router({ caseSensitive: true });
  router.use((request, response, next) => {
    showAdmin(request, response.locals.account, core.words);
    next();
  });
  router.use(serveAssets());
  // It has rules of its own, made for what it sends.
  router.use('/queues', createBoard({ core }));
  router.use(
    checkRequests(admin),
    serveDownloads({ core }),
    serveOverview(core),
    servePictures({ core }),
    serveExports({ core, admin }),
  );
  router.use(hardenPages);
  return buildRouter(admin, router);
}

/** Tells AdminJS who asks, where it looks for that; of no concern to what is kept of the session. */
function showAdmin(
  request: express.Request,
  { id, email, role, locale }: Account,
  words: Pick<AdminCore['words'], 'plain'>,
): void {
  const session = (request as { session?: object }).session ?? {};
  const value = { id, email, role, locale, title: words.plain(locale, `panel.choices.${role}`) };
  Object.defineProperty(session, 'adminUser', { value, enumerable: false, configurable: true });
  Object.assign(request, { session });
}
