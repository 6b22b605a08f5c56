(() => {
  const { AdminJS, AdminJSDesignSystem, Easel, React, ReactRouter, ReactRouterDOM } = window;
  const { useTranslation } = AdminJS;
  const { Button, Icon } = AdminJSDesignSystem;
  const element = React.createElement;
  const isDeed = ({ component }) => component === 'Deed';
  const isOther = (action) => !isDeed(action);
  const instant = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;
  /** A record that is known by its time is called by it as lists show it. */
  const nameOf = ({ title }) => (instant.test(title) ? AdminJSDesignSystem.formatDateProperty(new Date(title)) : title);

  /**
   * The head of a page as AdminJS has it, and under it what can be done, as links that find room on every screen; on the
   * page of a deed the way back; and above lists that can be searched a box to do so.
   */
  function ActionHeader({ OriginalComponent, ...props }) {
    const { action, record, resource } = props;
    const doing = isDeed(action);
    const label = action.name === 'list' && action.custom?.search;
    const head = {
      ...props,
      ...(record ? { tag: nameOf(record), record: without(record, 'recordActions') } : {}),
      // A record is headed by what it is.
      ...(record && action.name === 'show' ? { action: { ...action, label: `one_${resource.id}` } } : {}),
      resource: { ...resource, resourceActions: resource.resourceActions.filter(isOffered(action)) },
      omitActions: doing || props.omitActions,
    };
    const base = `/admin/resources/${resource.id}`;
    const here = record ? `${base}/records/${record.id}` : base;
    const offered = record?.recordActions ?? (action.name === 'list' ? resource.resourceActions : []);
    const deeds = doing ? [] : offered.filter(isDeed);
    return element(
      React.Fragment,
      null,
      doing && element(Back, { to: record ? `${here}/show` : base, title: record ? nameOf(record) : null, resource }),
      element(OriginalComponent, head),
      deeds.length > 0 && element(Deeds, { deeds, here: record ? here : `${here}/actions`, resource }),
      label && element(Find, { key: resource.id, resource, label }),
      action.name === 'list' && element(Easel.ListTools, { resource }),
      ['list', 'show'].includes(action.name) && element(Times),
    );
  }

  /** No button leads to the page that it stands on, and the grid of a list has a link that keeps what the list shows. */
  const isOffered = (current) => (action) =>
    isOther(action) && action.name !== current.name && (action.name !== 'grid' || current.name !== 'list');

  /** Whose clock the times go by: AdminJS shows and asks for those of the reader. */
  function Times() {
    const { translateLabel } = useTranslation();
    const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
    return element('p', { className: 'easel-times' }, translateLabel('times', undefined, { timeZone }));
  }

  const without = (one, name) => ({ ...one, [name]: one[name].filter(isOther) });

  function Back({ to, title, resource }) {
    const { translateLabel } = useTranslation();
    return element(
      'p',
      { className: 'easel-back' },
      element(ReactRouterDOM.Link, { to }, `← ${title ?? translateLabel(resource.id)}`),
    );
  }

  function Deeds({ deeds, here, resource }) {
    const { translateAction, translateLabel } = useTranslation();
    const links = deeds.map(({ name, label, icon, variant }) => {
      const to = `${here}/${name}`;
      const className = variant === 'danger' ? 'easel-danger' : undefined;
      const text = element('span', null, translateAction(label, resource.id));
      return element(
        'li',
        { key: name },
        element(ReactRouterDOM.Link, { to, className }, element(Icon, { icon }), text),
      );
    });
    return element(
      'nav',
      { className: 'easel-deeds', 'aria-label': translateLabel('deeds') },
      element('ul', null, links),
    );
  }

  function Find({ resource, label }) {
    const { translateLabel } = useTranslation();
    const { search } = ReactRouter.useLocation();
    const navigate = ReactRouter.useNavigate();
    const sought = new URLSearchParams(search).get('filters.search') ?? '';
    const [text, type] = React.useState(sought);
    const list = `/admin/resources/${resource.id}`;
    const find = (event) => {
      event.preventDefault();
      const query = new URLSearchParams({ 'filters.search': text.trim() });
      navigate(text.trim() ? `${list}?${query}` : list);
    };
    const onChange = ({ target }) => type(target.value);
    return element(
      'form',
      { role: 'search', className: 'easel-find', onSubmit: find },
      element('input', {
        ...{ type: 'search', name: 'search', value: text, onChange, maxLength: 254 },
        'aria-label': translateLabel(label),
        placeholder: translateLabel(label),
      }),
      element(Button, { type: 'submit', variant: 'contained' }, translateLabel('find')),
      sought && element(ReactRouterDOM.Link, { to: list, onClick: () => type('') }, translateLabel('find_all')),
    );
  }

  /** Who is signed in, as AdminJS has it, and beside it the way to their own sign-in and sessions. */
  function LoggedIn({ OriginalComponent, ...props }) {
    const { translateLabel } = useTranslation();
    return element(
      React.Fragment,
      null,
      element(
        'a',
        { className: 'easel-own', href: '/security' },
        element(Icon, { icon: 'Shield' }),
        element('span', null, translateLabel('own_security')),
      ),
      element(OriginalComponent, props),
    );
  }

  Object.assign(AdminJS.UserComponents, { ActionHeader, LoggedIn });
})();
