(() => {
  const { Easel, React } = window;
  const element = React.createElement;
  const language = window.REDUX_STATE.locale.language;
  let library = null;

  /** Brings the charting library with the first plot: no other page needs it. */
  function loadCharts() {
    library ??= new Promise((resolve, reject) => {
      const script = document.createElement('script');
      script.src = '/admin/frontend/assets/chart.js';
      script.onload = () => resolve(window.Chart);
      script.onerror = () => {
        library = null;
        reject(new Error('the charting library could not be had'));
      };
      document.head.append(script);
    });
    return library;
  }

  const shortDay = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short', timeZone: 'UTC' });

  function toConfig({ days, series, stacked, format }) {
    const { colors } = Easel;
    const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
    const axis = { stacked: Boolean(stacked), border: { color: colors.line }, grid: { color: colors.line } };
    return {
      type: 'bar',
      data: toData(days, series),
      options: {
        responsive: true,
        maintainAspectRatio: false,
        animation: still ? false : { duration: 250 },
        interaction: { mode: 'index', intersect: false },
        color: colors.text,
        plugins: {
          legend: { display: series.length > 1, position: 'bottom', labels: { color: colors.text, boxWidth: 12 } },
          tooltip: { callbacks: { label: ({ dataset, raw }) => `${dataset.label}: ${format(raw)}` } },
        },
        scales: {
          x: { ...axis, grid: { display: false }, ticks: { color: colors.quiet, maxRotation: 0, autoSkipPadding: 12 } },
          y: {
            ...axis,
            beginAtZero: true,
            ticks: { color: colors.quiet, maxTicksLimit: 5, callback: (value) => format(value) },
          },
        },
      },
    };
  }

  function toData(days, series) {
    const { colors } = Easel;
    return {
      labels: days.map((day) => shortDay.format(new Date(day))),
      datasets: series.map(({ name, values, line, color = 0 }, index) => ({
        ...{ label: name, data: values, backgroundColor: colors.series[color], borderColor: colors.series[color] },
        ...(line ? { type: 'line', borderWidth: 2, borderDash: index ? [6, 4] : [] } : { maxBarThickness: 36 }),
        // A line of many days is told by its shape, a single day by its point.
        ...(line
          ? { pointRadius: days.length > 31 ? 0 : 3, pointStyle: index ? 'rectRot' : 'circle', tension: 0 }
          : {}),
      })),
    };
  }

  /** A plot by day, and the same as a table for whoever cannot see it. `series` are `{name, values, line, color}`. */
  function Plot({ title, days, dayLabel, series, stacked = false, format }) {
    const canvas = React.useRef(null);
    const chart = React.useRef(null);
    const shown = { days, series, stacked, format };
    const latest = React.useRef(shown);
    latest.current = shown;
    React.useEffect(() => {
      let gone = false;
      loadCharts()
        .then((Chart) => {
          if (!gone) chart.current = new Chart(canvas.current, toConfig(latest.current));
        })
        // The table still tells everything.
        .catch(() => canvas.current?.closest('figure').classList.add('easel-plotless'));
      return () => {
        gone = true;
        chart.current?.destroy();
      };
    }, []);
    React.useEffect(() => {
      if (!chart.current) return;
      // In place and at once, so that nothing flickers.
      chart.current.data = toData(days, series);
      chart.current.update('none');
    }, [days, series]);
    return element(
      'figure',
      { className: 'easel-card easel-plot' },
      element('figcaption', null, element('h3', null, title)),
      element('div', { className: 'easel-canvas', 'aria-hidden': true }, element('canvas', { ref: canvas })),
      // A table keeps its own width, so that what hides it is around it.
      element(
        'div',
        { className: 'easel-hidden' },
        element(
          'table',
          null,
          element('caption', null, title),
          element(
            'thead',
            null,
            element(
              'tr',
              null,
              element('th', { scope: 'col' }, dayLabel),
              series.map(({ name }) => element('th', { key: name, scope: 'col' }, name)),
            ),
          ),
          element(
            'tbody',
            null,
            days.map((day, at) =>
              element(
                'tr',
                { key: day },
                element('th', { scope: 'row' }, day),
                series.map(({ name, values }) => element('td', { key: name }, format(values[at]))),
              ),
            ),
          ),
        ),
      ),
    );
  }

  Object.assign(Easel, { Plot, language });
})();
