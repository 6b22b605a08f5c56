(() => {
  const { AdminJS, AdminJSDesignSystem, Easel, React, ReactRouter, ReactRouterDOM } = window;
  const { ApiClient, useTranslation } = AdminJS;
  const { Loader } = AdminJSDesignSystem;
  const element = React.createElement;
  const perPage = 48;

  /** The list of pictures as pictures, with the filters and the page that the address names. */
  function PictureGrid({ resource }) {
    const { translateLabel } = useTranslation();
    const { search } = ReactRouter.useLocation();
    const [list, show] = React.useState(null);
    const asked = new URLSearchParams(search);
    const page = Math.max(1, Number(asked.get('page')) || 1);
    React.useEffect(() => {
      let wanted = true;
      const params = { ...Object.fromEntries(new URLSearchParams(search)), page, perPage };
      new ApiClient().resourceAction({ resourceId: resource.id, actionName: 'list', params }).then(({ data }) => {
        if (wanted) show(data);
      });
      return () => {
        wanted = false;
      };
    }, [search]);
    if (!list) return element(Loader);
    const last = Math.max(1, Math.ceil(list.meta.total / perPage));
    const turn = (to, label) => {
      const query = new URLSearchParams(search);
      query.set('page', String(to));
      const isThere = to >= 1 && to <= last;
      return isThere && element(ReactRouterDOM.Link, { to: `?${query}` }, translateLabel(label));
    };
    const cells = list.records.map((record) =>
      element(
        'li',
        { key: record.id },
        element(
          ReactRouterDOM.Link,
          { to: `/admin/resources/${resource.id}/records/${record.id}/show` },
          element(Easel.Shown, {
            ...{ id: record.id, small: true, alt: record.populated?.generation?.params?.prompt ?? record.id },
            deleted: Boolean(record.params.deletedAt),
            hidden: Boolean(record.params.hiddenAt),
          }),
        ),
      ),
    );
    return element(
      'section',
      { className: 'easel-grid-page', 'aria-label': translateLabel('grid') },
      element('ul', { className: 'easel-grid' }, cells),
      !cells.length && element('p', null, translateLabel('grid_empty')),
      element(
        'nav',
        { className: 'easel-turn' },
        turn(page - 1, 'newer'),
        element('span', null, `${page} / ${last}`),
        turn(page + 1, 'older'),
      ),
    );
  }

  AdminJS.UserComponents.PictureGrid = PictureGrid;
})();
