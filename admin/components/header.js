(() => {
  const { AdminJS, AdminJSDesignSystem, React, ReactRouter, ReactRouterDOM } = window;
  const { useTranslation } = AdminJS;
  const { Button } = AdminJSDesignSystem;
  const element = React.createElement;

  /** The head of a page, and above lists that can be searched a box to do so. */
  function ActionHeader({ OriginalComponent, ...props }) {
    const label = props.action.name === 'list' && props.action.custom?.search;
    return element(
      React.Fragment,
      null,
      element(OriginalComponent, props),
      label && element(Find, { key: props.resource.id, resource: props.resource, label }),
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

  AdminJS.UserComponents.ActionHeader = ActionHeader;
})();
