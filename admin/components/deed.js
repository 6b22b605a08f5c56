(() => {
  const { AdminJS, AdminJSDesignSystem, Easel, React, ReactRouter } = window;
  const { ApiClient, useNotice, useTranslation } = AdminJS;
  const { Box, Button, FormGroup, FormMessage, Input, Label, Loader, Text, TextArea } = AdminJSDesignSystem;
  const element = React.createElement;
  const wide = { width: '100%', maxWidth: '40rem' };

  /** The page of a deed: what it does, what it asks, and one button. The server does the rest, and records it. */
  function Deed({ action, record, resource }) {
    const { translateMessage } = useTranslation();
    const [form, open] = React.useState(record?.form ?? null);
    const ask = (data) => {
      const options = { resourceId: resource.id, actionName: action.name, ...(data ? { data } : {}) };
      const api = new ApiClient();
      return record ? api.recordAction({ ...options, recordId: record.id }) : api.resourceAction(options);
    };
    const [trouble, say] = React.useState('');
    React.useEffect(() => {
      if (form) return;
      ask()
        .then(({ data }) => {
          const opened = data.form ?? data.record?.form;
          if (opened) open(opened);
          else say(data.notice?.message ?? translateMessage('deed_failed'));
        })
        .catch((error) => say(error.response?.data?.error?.message ?? translateMessage('deed_failed')));
    }, []);
    if (form) return element(Form, { action, record, resource, form, ask });
    return trouble ? element(Text, { role: 'alert' }, trouble) : element(Loader);
  }

  function Form({ action, record, resource, form, ask }) {
    const { translateButton, translateLabel, translateMessage } = useTranslation();
    const notify = useNotice();
    const navigate = ReactRouter.useNavigate();
    const { deed, download, weighs } = action.custom;
    const [values, change] = React.useState(
      Object.fromEntries(form.fields.map(({ name, initial }) => [name, initial ?? ''])),
    );
    const [faults, blame] = React.useState({});
    const [weighed, weigh] = React.useState(null);
    const [busy, setBusy] = React.useState(false);
    // A second click comes before the page has drawn the first one.
    const sending = React.useRef(false);
    const frame = React.useRef(null);

    const say = (message) => notify({ type: 'error', message, options: { defaultValue: message } });
    const show = ({ data: answer }) => {
      const found = answer.record?.errors ?? {};
      blame(found);
      weigh(answer.weighed ?? null);
      const known = form.fields.some(({ name }) => found[name]);
      if (answer.notice && !known) notify(answer.notice);
      const [first] = form.fields.filter(({ name }) => found[name]);
      if (first) frame.current.querySelector(`#deed-${first.name}`)?.focus();
      if (answer.redirectUrl) navigate(answer.redirectUrl.replace(window.location.origin, ''));
    };
    const send = (event) => {
      if (download) return;
      event.preventDefault();
      if (sending.current) return;
      sending.current = true;
      setBusy(true);
      const data = new FormData();
      const sent = { ...values, key: form.key, ...(weighed ? { weighed: 'yes' } : {}) };
      for (const [name, value] of Object.entries(sent)) data.append(name, value);
      ask(data)
        .then(show)
        .catch((error) => say(error.response?.data?.error?.message ?? translateMessage('deed_failed')))
        .finally(() => {
          sending.current = false;
          setBusy(false);
        });
    };
    const set = (name, value) => {
      change({ ...values, [name]: value });
      weigh(null);
    };

    const address = `/admin/downloads/${resource.id}/${record?.id}`;
    const label = weighs && !weighed ? translateLabel('weigh') : translateButton(`do_${deed}`);
    const facts = { ...form.facts, ...(weighed ?? {}) };
    return element(
      'form',
      {
        ref: frame,
        onSubmit: send,
        'aria-busy': busy,
        ...(download ? { method: 'post', action: address, encType: 'multipart/form-data' } : {}),
      },
      element(
        Box,
        { variant: 'card', p: ['lg', 'xl'] },
        element(Text, { mb: 'xl', style: wide }, translateMessage(`explain_${deed}`)),
        Object.keys(facts).length > 0 && element(Easel.FactList, { facts }),
        form.fields.map((field, index) =>
          element(DeedField, {
            ...{ key: field.name, field, first: index === 0, value: values[field.name], set },
            fault: faults[field.name],
          }),
        ),
        element(
          Button,
          {
            type: 'submit',
            variant: 'contained',
            color: action.variant === 'danger' ? 'danger' : 'primary',
            disabled: busy,
          },
          busy ? translateLabel('working') : label,
        ),
        element('p', { role: 'status', className: 'easel-status' }, busy ? translateLabel('working') : ''),
      ),
    );
  }

  function DeedField({ field, first, value, set, fault }) {
    const { translateLabel, translateMessage } = useTranslation();
    const { name, type, required, choices, min, max } = field;
    const id = `deed-${name}`;
    const common = {
      ...{ id, name, value, required, autoFocus: first },
      'aria-invalid': Boolean(fault),
      ...(fault ? { 'aria-describedby': `${id}-fault` } : {}),
      style: wide,
      onChange: ({ target }) => set(name, target.value),
    };
    const label = translateLabel(`deed_${name}`);
    const message =
      fault &&
      element(
        FormMessage,
        { id: `${id}-fault` },
        translateMessage(fault.message, undefined, { defaultValue: fault.message }),
      );
    if (type === 'check') {
      const onChange = ({ target }) => set(name, target.checked ? 'yes' : '');
      const box = {
        ...{ id, name, type: 'checkbox', checked: value === 'yes', value: 'yes', autoFocus: first },
        onChange,
      };
      const line = element('label', { className: 'easel-check' }, element('input', box), ` ${label}`);
      return element(FormGroup, { error: Boolean(fault) }, line, message);
    }
    const control = () => {
      if (type === 'choice') return element(Choices, { common, required, choices });
      if (type === 'long') return element(TextArea, { ...common, rows: 4, maxLength: max });
      const bounds = type === 'number' ? { min, max, step: 1, inputMode: 'numeric' } : { maxLength: max };
      return element(Input, { ...common, type, ...bounds });
    };
    return element(
      FormGroup,
      { error: Boolean(fault) },
      element(Label, { htmlFor: id, required }, label),
      control(),
      message,
    );
  }

  function Choices({ common, required, choices }) {
    const { translateLabel } = useTranslation();
    const options = choices.map((choice) => {
      const { value, label } = typeof choice === 'string' ? { value: choice, label: null } : choice;
      return element(
        'option',
        { key: value, value },
        label ?? translateLabel(`choice_${value}`, undefined, { defaultValue: value }),
      );
    });
    const nothing = required && common.value ? [] : [element('option', { key: '', value: '' }, '–')];
    return element('select', { ...common, className: 'easel-select' }, ...nothing, ...options);
  }

  AdminJS.UserComponents.Deed = Deed;
})();
