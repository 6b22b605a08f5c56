(() => {
  const { AdminJS, React, ReactRouter, ReactRouterDOM } = window;
  const { Link } = ReactRouterDOM;
  const { useCurrentAdmin, useTranslation } = AdminJS;
  const element = React.createElement;

  /** Above every list: the same list as a file, with the filters that it has now. */
  function ListTools({ resource }) {
    const { translateLabel } = useTranslation();
    const { search } = ReactRouter.useLocation();
    const [admin] = useCurrentAdmin();
    if (admin?.role === 'viewer') return null;
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
    return element('p', { className: 'easel-export' }, grid, translateLabel('export'), ' ', links[0], ' ', links[1]);
  }

  window.Easel.ListTools = ListTools;
})();
