(() => {
  const { AdminJS, AdminJSDesignSystem, Easel, React, ReactRouterDOM } = window;
  const { ApiClient, useCurrentAdmin, useNotice, useTranslation } = AdminJS;
  const { Button, Loader } = AdminJSDesignSystem;
  const element = React.createElement;
  const api = new ApiClient();
  /** Keys, what they do, and how much it weighs. */
  const decisions = [
    { key: 'h', name: 'hide', color: 'danger' },
    { key: 'k', name: 'keep', color: 'primary' },
    { key: 'd', name: 'remove', color: 'danger' },
    { key: 'n', name: 'next', color: 'primary' },
  ];

  /** Reported pictures, the latest report first: one after the other to whoever may decide, all of them to viewers. */
  function Review({ resource }) {
    const [admin] = useCurrentAdmin();
    const [queue, fill] = React.useState(null);
    const load = () =>
      api.resourceAction({ resourceId: resource.id, actionName: 'review' }).then(({ data }) => fill(data));
    React.useEffect(() => {
      load();
    }, []);
    if (!queue) return element(Loader);
    return element(admin?.role === 'viewer' ? Show : Decide, { queue, fill, load });
  }

  function Show({ queue }) {
    const cases = queue.cases.map((current) => element(Case, { key: current.imageId, current }));
    return element(Frame, { queue }, cases);
  }

  /** A key or a button decides about the first and shows the next. */
  function Decide({ queue, fill, load }) {
    const { translateMessage } = useTranslation();
    const notify = useNotice();
    const [reason, write] = React.useState('');
    const [said, say] = React.useState('');
    const busy = React.useRef(false);
    const [current] = queue.cases;
    // The next one is there when it is wanted.
    React.useEffect(() => {
      const next = queue.cases[1];
      if (next) new Image().src = `/admin/images/${next.imageId}`;
    }, [queue]);

    const goOn = ({ decided }) => {
      const [first, ...rest] = queue.cases;
      const cases = decided ? rest : [...rest, first];
      write('');
      if (!cases.length) return load();
      fill({ cases, total: queue.total - (decided ? 1 : 0) });
    };
    const decide = (name) => {
      if (!current || busy.current) return;
      if (name === 'next') {
        say('');
        goOn({ decided: false });
        return;
      }
      busy.current = true;
      const data = new FormData();
      const sent = { memberReason: name === 'keep' ? '' : reason, reason, key: crypto.randomUUID() };
      for (const [field, value] of Object.entries(sent)) if (value) data.append(field, value);
      api
        .recordAction({ resourceId: 'Image', recordId: current.imageId, actionName: name, data })
        .then(({ data: answer }) => {
          const done = answer.notice?.type === 'success';
          if (!done && answer.notice) notify(answer.notice);
          say(done ? `${current.ref}: ${translateMessage(answer.notice.message)}` : '');
          if (done) goOn({ decided: true });
          else load();
        })
        .catch(() => notify({ type: 'error', message: 'deed_failed' }))
        .finally(() => {
          busy.current = false;
        });
    };
    const latest = React.useRef(decide);
    latest.current = decide;
    React.useEffect(() => {
      const onKey = (event) => {
        const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
        if (typing || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
        const found = decisions.find(({ key }) => key === event.key.toLowerCase());
        if (!found) return;
        event.preventDefault();
        latest.current(found.name);
      };
      document.addEventListener('keydown', onKey);
      return () => document.removeEventListener('keydown', onKey);
    }, []);

    const deciding = current && element(Deciding, { current, decide, reason, write });
    return element(Frame, { queue, said }, current && element(Case, { key: current.imageId, current }, deciding));
  }

  function Frame({ queue, said = '', children }) {
    const { translateLabel } = useTranslation();
    return element(
      'section',
      { className: 'easel-review', 'aria-label': translateLabel('review') },
      element(
        'p',
        { className: 'easel-review-count' },
        translateLabel('review_open', { total: queue.total }),
        element('span', { role: 'status' }, said),
      ),
      queue.cases.length ? children : element('p', { className: 'easel-review-empty' }, translateLabel('review_empty')),
    );
  }

  /** A picture with what is known of it; beneath, where somebody may, what to decide. */
  function Case({ current, children }) {
    const { translateLabel } = useTranslation();
    const { imageId, width, height, prompt, ref, hiddenAt, hiddenReason, reports } = current;
    const isAppeal = reports.some(({ source }) => source === 'appeal');
    return element(
      'article',
      { className: 'easel-case', 'aria-label': ref },
      element(
        'a',
        { className: 'easel-large', href: `/admin/images/${imageId}` },
        element(Easel.Shown, { id: imageId, alt: prompt, width, height, hidden: Boolean(hiddenAt), small: !children }),
      ),
      element(
        'div',
        { className: 'easel-case-side' },
        isAppeal && element('p', { className: 'easel-appeal' }, translateLabel('review_appeal')),
        element(Reports, { reports }),
        hiddenAt && element('p', null, `${translateLabel('review_hidden')} ${hiddenReason ?? ''}`),
        element('blockquote', null, prompt),
        element(Member, { current, reference: ref }),
        children,
      ),
    );
  }

  function Deciding({ current, decide, reason, write }) {
    const { translateLabel } = useTranslation();
    return element(
      React.Fragment,
      null,
      element(
        'label',
        { className: 'easel-review-reason' },
        translateLabel('review_reason'),
        element('input', { value: reason, maxLength: 200, onChange: ({ target }) => write(target.value) }),
      ),
      element(Decisions, { decide, isHidden: Boolean(current.hiddenAt) }),
      element('p', { className: 'easel-help' }, translateLabel('review_help')),
    );
  }

  function Reports({ reports }) {
    const { translateLabel } = useTranslation();
    const items = reports.map(({ source, reason, email, createdAt }, index) =>
      element(
        'li',
        { key: index },
        element('b', null, translateLabel(`report_${source}`)),
        ` ${reason || '–'} `,
        element('small', null, `${email ? `${email}, ` : ''}${new Date(createdAt).toLocaleString()}`),
      ),
    );
    return element('ul', { className: 'easel-reports' }, items);
  }

  function Member({ current, reference }) {
    const { translateLabel } = useTranslation();
    const { accountId, generationId, imageId, email, model, history } = current;
    const link = (model, id, text) =>
      element(ReactRouterDOM.Link, { to: `/admin/resources/${model}/records/${id}/show` }, text);
    return element(
      'p',
      null,
      link('Account', accountId, email),
      ' · ',
      link('Generation', generationId, reference),
      ' · ',
      link('Image', imageId, translateLabel('review_record')),
      ` · ${model}`,
      element('br'),
      element('small', null, translateLabel('review_history', history)),
    );
  }

  function Decisions({ decide, isHidden }) {
    const { translateLabel } = useTranslation();
    const buttons = decisions.map(({ key, name, color }) => {
      const label = isHidden && (name === 'hide' || name === 'keep') ? `decide_${name}_hidden` : `decide_${name}`;
      return element(
        Button,
        {
          key,
          type: 'button',
          variant: name === 'next' ? 'outlined' : 'contained',
          color,
          'aria-keyshortcuts': key,
          onClick: () => decide(name),
        },
        translateLabel(label),
        element('kbd', null, key),
      );
    });
    return element('div', { className: 'easel-decisions', role: 'group' }, buttons);
  }

  AdminJS.UserComponents.Review = Review;
})();
