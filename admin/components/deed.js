(() => {
  const { AdminJS, AdminJSDesignSystem, React } = window;
  const { ApiClient, useNotice, useTranslation } = AdminJS;
  const { Box, Button, FormGroup, FormMessage, Input, Label, Text, TextArea } = AdminJSDesignSystem;
  const element = React.createElement;

  /** The page of a deed: what it does, what it asks, and one button. The server does the rest, and records it. */
  function Deed({ action, record, resource }) {
    const { translateButton, translateLabel, translateMessage } = useTranslation();
    const notify = useNotice();
    const { fields = [], deed } = action.custom;
    const [values, change] = React.useState(
      Object.fromEntries(fields.map(({ name, initial }) => [name, initial ?? ''])),
    );
    const [faults, blame] = React.useState({});
    const [busy, setBusy] = React.useState(false);

    const send = (event) => {
      event.preventDefault();
      setBusy(true);
      const data = new FormData();
      for (const [name, value] of Object.entries(values)) data.append(name, value);
      new ApiClient()
        .recordAction({ resourceId: resource.id, recordId: record.id, actionName: action.name, data })
        .then(({ data: answer }) => {
          if (answer.notice) notify(answer.notice);
          blame(answer.record?.errors ?? {});
          if (answer.redirectUrl) window.location.assign(answer.redirectUrl);
        })
        .catch(() => notify({ type: 'error', message: 'deed_failed' }))
        .finally(() => setBusy(false));
    };

    const shown = fields.map((field, index) => {
      const { name, type, required, choices, max } = field;
      const id = `deed-${name}`;
      const fault = faults[name];
      const common = {
        ...{ id, name, value: values[name], required, maxLength: max, autoFocus: index === 0 },
        'aria-invalid': Boolean(fault),
        ...(fault ? { 'aria-describedby': `${id}-fault` } : {}),
        style: { width: '100%', maxWidth: '40rem' },
        onChange: ({ target }) => change({ ...values, [name]: target.value }),
      };
      const control =
        type === 'choice'
          ? element(
              'select',
              { ...common, className: 'easel-select' },
              ...(required ? [] : [element('option', { key: '', value: '' }, '–')]),
              ...choices.map((choice) =>
                element(
                  'option',
                  { key: choice, value: choice },
                  translateLabel(`choice_${choice}`, { defaultValue: choice }),
                ),
              ),
            )
          : element(type === 'long' ? TextArea : Input, { ...common, ...(type === 'long' ? { rows: 4 } : { type }) });
      return element(
        FormGroup,
        { key: name, error: Boolean(fault) },
        element(Label, { htmlFor: id, required }, translateLabel(`deed_${name}`)),
        control,
        fault && element(FormMessage, { id: `${id}-fault` }, translateMessage(fault.message)),
      );
    });
    return element(
      Box,
      { as: 'form', onSubmit: send, variant: 'card', p: 'xl' },
      element(Text, { mb: 'xl', style: { maxWidth: '40rem' } }, translateMessage(`explain_${deed}`)),
      shown,
      element(
        Button,
        {
          type: 'submit',
          variant: 'contained',
          color: action.variant === 'danger' ? 'danger' : 'primary',
          disabled: busy,
        },
        translateButton(`do_${deed}`),
      ),
    );
  }

  AdminJS.UserComponents.Deed = Deed;
})();
