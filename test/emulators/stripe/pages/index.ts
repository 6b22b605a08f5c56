import { type Page, page } from './html.ts';

type Shown = { show: (id: string) => Page; submit: (id: string, form: URLSearchParams) => Page };

/** Which hosted page an address is: checkout's, the portal's or an invoice's. */
export function createPages(pages: { checkout: Shown; portal: Shown; invoice: Shown }) {
  const addresses: [RegExp, Shown][] = [
    [/^\/c\/pay\/(\w+)$/, pages.checkout],
    [/^\/p\/session\/(\w+)$/, pages.portal],
    [/^\/i\/acct_emulated\/(\w+)$/, pages.invoice],
  ];
  return (method: string, path: string, form: URLSearchParams): Page => {
    for (const [pattern, shown] of addresses) {
      const id = pattern.exec(path)?.[1];
      if (id) return method === 'POST' ? shown.submit(id, form) : shown.show(id);
    }
    return page('Page not found', '<h1>Page not found</h1>', 404);
  };
}
