import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type AdminJS from 'adminjs';
import { Filter, flat } from 'adminjs';
import { stringify } from 'csv-stringify';
import express, { type Router } from 'express';
import { type Account, AppError } from '../core/index.ts';
import type { AdminCore } from './index.ts';
import { Resource } from './prisma-adapter/resource.ts';

type Row = Record<string, unknown>;

/**
 * A list as a file, `/export/<resource>.csv` or `.json`, with the filters of the list: what the panel may show of it and
 * no more, page by page, so that a million rows need no more memory than one page. Viewers get none, and each is
 * recorded. Throws AppErrors `not_found`, `forbidden`.
 */
export function serveExports({ core, admin }: { core: Pick<AdminCore, 'audit' | 'log'>; admin: AdminJS }): Router {
  const router = express.Router({ caseSensitive: true });
  router.get('/export/:name', async (request, response) => {
    const { id, email, role }: Account = response.locals.account;
    if (role === 'viewer') throw new AppError('forbidden');
    const [, model = '', format = ''] = /^([A-Za-z]+)\.(csv|json)$/.exec(request.params.name) ?? [];
    const resource = admin.resources.find((each) => each.decorate().id() === model);
    if (!(resource instanceof Resource)) throw new AppError('not_found', { what: '' });
    const { filters = {} } = flat.unflatten(request.query as object) as { filters?: Record<string, string> };
    const filter = new Filter(filters, resource);
    const action = `${model}.export`;
    const deed = { actor: { id, email }, action, subject: { type: model, id: format }, accountId: null };
    const filtered = { filters: Object.keys(filters).join(', ') };
    await core.audit.act(
      deed,
      async () => filtered,
      async () => null,
    );
    core.log.info({ action, by: id }, 'an operator did something');
    const day = new Date().toISOString().slice(0, 10);
    response.set({
      'content-disposition': `attachment; filename="easel-${model}-${day}.${format}"`,
      'cache-control': 'private, no-store',
    });
    response.type(format === 'csv' ? 'text/csv; charset=utf-8' : 'application/json');
    const rows = Readable.from(resource.rows(filter));
    await (format === 'csv' ? pipeline(rows, writeCsv(resource), response) : pipeline(rows, writeJson, response));
  });
  return router;
}

function writeCsv(resource: Resource) {
  const columns = resource.columnNames();
  return stringify({
    columns: [...columns],
    header: true,
    bom: true,
    // A cell that begins like this would be reckoned out by a spreadsheet: members could write formulas.
    cast: { string: (text, { header }) => (!header && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text), object: toText },
  });
}

const toText = (value: unknown) => {
  const text = value instanceof Date ? value.toISOString() : JSON.stringify(value);
  return text;
};

async function* writeJson(rows: AsyncIterable<Row>): AsyncGenerator<string> {
  let before = '[\n';
  for await (const row of rows) {
    yield before + JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? String(value) : value));
    before = ',\n';
  }
  yield before === '[\n' ? '[]\n' : '\n]\n';
}
