(() => {
  const { AdminJS, AdminJSDesignSystem, React } = window;
  const { BasePropertyComponent, useRecord, useTranslation } = AdminJS;
  const { Box, Button, DrawerContent, DrawerFooter } = AdminJSDesignSystem;
  const element = React.createElement;

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
      element('label', { htmlFor: 'secret', style: { display: 'block', marginBottom: '0.5rem' } }, label),
      element('input', {
        ...{ id: 'secret', ref: field, readOnly: true, value: secret, autoComplete: 'off', spellCheck: false },
        style: { boxSizing: 'border-box', width: '100%', maxWidth: '44rem', padding: '0.5rem', font: '1rem monospace' },
      }),
    );
  }

  AdminJS.UserComponents.NewApiKey = NewApiKey;
})();
