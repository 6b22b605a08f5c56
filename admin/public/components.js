/** What we add to AdminJS in the browser, over the globals that its scripts have put there. */
(() => {
  const { AdminJS, AdminJSDesignSystem, React } = window;
  const { ApiClient, BasePropertyComponent, useRecord, useTranslation } = AdminJS;
  const { Box, Button, DrawerContent, DrawerFooter, H2, H3, Text } = AdminJSDesignSystem;
  const element = React.createElement;

  const looking = ['list', 'search', 'show', 'edit', 'new'];
  const counts = ['accounts', 'generations', 'waiting', 'images', 'failed'];

  // AdminJS asks for actions without a page of their own by GET. What changes something goes by POST here.
  for (const name of ['recordAction', 'resourceAction', 'bulkAction']) {
    const call = ApiClient.prototype[name];
    ApiClient.prototype[name] = function (options) {
      const changes = !looking.includes(options.actionName);
      return call.call(this, changes ? { ...options, method: 'post' } : options).catch(signInAgain);
    };
  }

  function signInAgain(error) {
    if (error.response?.status === 401) {
      const { pathname, search } = window.location;
      window.location.assign(`/sign-in?${new URLSearchParams({ to: pathname + search })}`);
    }
    throw error;
  }

  function Dashboard() {
    const { translateLabel } = useTranslation();
    const [shown, show] = React.useState(null);
    React.useEffect(() => {
      new ApiClient()
        .getDashboard()
        .then(({ data }) => show(data))
        .catch(signInAgain);
    }, []);
    const cards = counts.map((name) =>
      element(
        Box,
        { key: name, variant: 'card', p: 'lg', style: { minWidth: '11rem' } },
        element(Text, { color: 'grey100' }, translateLabel(`count_${name}`)),
        element(H2, { mt: 'default', mb: 0 }, shown ? shown[name].toLocaleString() : '…'),
      ),
    );
    return element(
      Box,
      { p: 'xxl' },
      element(H3, { mb: 'xl' }, translateLabel('dashboard')),
      element('div', { style: { display: 'flex', flexWrap: 'wrap', gap: '1rem' } }, cards),
    );
  }

  const scopes = ['generate', 'read', 'manage'];

  /** The form that makes an API key, and then the key, once: it is kept nowhere, and gone with the page. */
  function NewApiKey({ resource, record: initial }) {
    const { translateButton, translateLabel, translateProperty } = useTranslation();
    const { record, handleChange, submit, loading } = useRecord(initial, resource.id);
    const [chosen, choose] = React.useState(scopes);
    const [secret, show] = React.useState(null);
    if (secret) return element(Secret, { secret, label: translateLabel('key_shown_once') });
    const send = (event) => {
      event.preventDefault();
      submit({ scopes: scopes.filter((scope) => chosen.includes(scope)) }).then(({ data }) =>
        show(data.secret ?? null),
      );
    };
    const fields = resource.editProperties.map((property) =>
      element(BasePropertyComponent, {
        key: property.propertyPath,
        ...{ where: 'edit', onChange: handleChange, property, resource, record },
      }),
    );
    const boxes = scopes.map((scope) =>
      element(
        'label',
        { key: scope, style: { display: 'block', padding: '0.25rem 0' } },
        element('input', {
          type: 'checkbox',
          checked: chosen.includes(scope),
          onChange: ({ target }) =>
            choose(target.checked ? [...chosen, scope] : chosen.filter((other) => other !== scope)),
        }),
        ` ${translateLabel(`scope_${scope}`)}`,
      ),
    );
    const legend = element('legend', null, translateProperty('scopes', resource.id));
    return element(
      Box,
      { as: 'form', onSubmit: send, flex: true, flexDirection: 'column' },
      element(DrawerContent, null, fields, element('fieldset', { style: { border: 0, padding: 0 } }, legend, boxes)),
      element(
        DrawerFooter,
        null,
        element(
          Button,
          { type: 'submit', variant: 'contained', disabled: loading || !chosen.length },
          translateButton('save'),
        ),
      ),
    );
  }

  function Secret({ secret, label }) {
    const field = React.useRef(null);
    React.useEffect(() => field.current.select(), []);
    return element(
      Box,
      { p: 'xxl' },
      element('label', { htmlFor: 'secret' }, label),
      element('input', {
        ...{ id: 'secret', ref: field, readOnly: true, value: secret, autoComplete: 'off', spellCheck: false },
        style: { width: '100%', maxWidth: '44rem', padding: '0.5rem', font: '1rem monospace' },
      }),
    );
  }

  AdminJS.UserComponents = { Dashboard, NewApiKey };
})();
