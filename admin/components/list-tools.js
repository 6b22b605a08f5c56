(() => {
  const { AdminJS, React, ReactRouter, ReactRouterDOM } = window;
  const { Link } = ReactRouterDOM;
  const { useCurrentAdmin, useTranslation } = AdminJS;
  const element = React.createElement;

  /** Above every list: what it is narrowed to by a figure, and the same list as a file, with the filters it has now. */
  function ListTools({ resource }) {
    const { translateLabel } = useTranslation();
    const { search } = ReactRouter.useLocation();
    const [admin] = useCurrentAdmin();
    const view = new URLSearchParams(search).get('filters.view');
    const narrowed =
      view &&
      element(
        'span',
        null,
        element('b', null, translateLabel(`view_${view}`)),
        ' ',
        element(Link, { to: `/admin/resources/${resource.id}` }, translateLabel('find_all')),
      );
    if (admin?.role === 'viewer') return narrowed && element('p', { className: 'easel-export' }, narrowed);
    const links = ['csv', 'json'].map((format) =>
      element(
        'a',
        { key: format, href: `/admin/export/${resource.id}.${format}${search}`, download: '' },
        format.toUpperCase(),
      ),
    );
    // The same filters, but as pictures.
    const grid =
      resource.id === 'Image' &&
      element(Link, { to: `/admin/resources/Image/actions/grid${search}` }, translateLabel('grid_view'));
    return element('p', { className: 'easel-export' }, narrowed, grid, translateLabel('export'), ...links);
  }

  window.Easel.ListTools = ListTools;
})();
