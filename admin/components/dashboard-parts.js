/** What the first page is made of. */
(() => {
  const { AdminJS, Easel, React } = window;
  const element = React.createElement;
  const { language } = Easel;

  /** Our words of the first page, with `{…}` filled in. */
  function useWords() {
    const { translateLabel } = AdminJS.useTranslation();
    return (name, values = {}) =>
      translateLabel(`overview_${name}`).replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
  }

  const number = new Intl.NumberFormat(language);
  const share = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 });
  const clockTime = new Intl.DateTimeFormat(language, { timeStyle: 'medium', timeZone: 'UTC' });
  const moment = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' });
  const money = (currency) => (amount) =>
    new Intl.NumberFormat(language, {
      style: 'currency',
      currency,
      maximumFractionDigits: amount >= 1000 ? 0 : 2,
    }).format(amount);

  function tellSpan(say, seconds) {
    if (seconds === null) return say('none');
    const round = (value) => number.format(value < 10 ? Math.round(value * 10) / 10 : Math.round(value));
    if (seconds < 90) return say('seconds', { value: round(seconds) });
    if (seconds < 5_400) return say('minutes', { value: round(seconds / 60) });
    return say('hours', { value: round(seconds / 3_600) });
  }

  /** The rows behind a figure. Filters are of AdminJS's own kind: `createdAt~~from`. */
  function listOf(resource, filters = {}) {
    const query = new URLSearchParams(Object.entries(filters).map(([name, value]) => [`filters.${name}`, value]));
    return `/admin/resources/${resource}${query.size ? `?${query}` : ''}`;
  }

  /** Figures under one heading: `{name, value, to}`, each linked to its rows. */
  function Cards({ title, cards }) {
    return element(
      'section',
      { className: 'easel-section' },
      element('h2', null, title),
      element(
        'dl',
        { className: 'easel-cards' },
        cards.map(({ name, value, to, alarming }) =>
          element(
            'div',
            { key: name, className: `easel-card${alarming ? ' easel-alarming' : ''}` },
            element('dt', null, name),
            element('dd', null, to ? element('a', { href: to }, value) : value),
          ),
        ),
      ),
    );
  }

  /** Rows under headings; the first cell names its row. Cells are text, or `{text, to}`. */
  function Rows({ title, headings, rows, nothing }) {
    const show = (cell) => (cell?.to ? element('a', { href: cell.to }, cell.text) : (cell?.text ?? cell));
    const table = element(
      'div',
      // So that it scrolls within itself, also by keyboard.
      { className: 'easel-scroll', tabIndex: 0, role: 'region', 'aria-label': title },
      element(
        'table',
        { className: 'easel-table' },
        element(
          'thead',
          null,
          element(
            'tr',
            null,
            headings.map((name) => element('th', { key: name, scope: 'col' }, name)),
          ),
        ),
        element(
          'tbody',
          null,
          rows.map(({ key, cells: [first, ...others] }) =>
            element(
              'tr',
              { key },
              element('th', { scope: 'row' }, show(first)),
              others.map((cell, at) => element('td', { key: headings[at + 1] }, show(cell))),
            ),
          ),
        ),
      ),
    );
    return element(
      'section',
      { className: 'easel-card' },
      element('h3', null, title),
      rows.length ? table : element('p', { className: 'easel-quiet' }, nothing),
    );
  }

  const signs = { working: '✓', off: '–', failing: '✕' };

  /** How each thing is that Easel stands on, and what to do about it. */
  function Health({ say, health, failed }) {
    const advise = (probe) => {
      if (probe.state === 'working') return say('working_in', { ms: number.format(probe.ms) });
      if (probe.state === 'off') return say('turn_on', probe);
      return say(probe.reason, probe);
    };
    const list = element(
      'ul',
      { className: 'easel-health' },
      health?.probes.map((probe) =>
        element(
          'li',
          { key: probe.name, className: `easel-card easel-${probe.state}` },
          element('span', { className: 'easel-sign', 'aria-hidden': true }, signs[probe.state]),
          element('b', null, say(probe.name)),
          element('span', null, say(probe.state)),
          element('span', { className: 'easel-quiet' }, advise(probe)),
        ),
      ),
    );
    const missing = failed ? say('health_failed') : say('health_updating');
    return element(
      'section',
      { className: 'easel-section' },
      element('h2', null, say('health')),
      health ? list : element('p', { className: 'easel-quiet' }, missing),
    );
  }

  const formats = {
    number: number.format,
    share: share.format,
    clockTime: clockTime.format,
    moment: moment.format,
    money,
  };
  Object.assign(Easel, { Cards, Rows, Health, useWords, tellSpan, listOf, formats });
})();
